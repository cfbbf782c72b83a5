"""How a failure is logged: where and of which kind, never with its message, which may quote a name, a number or a measured value."""

import logging
import traceback


class WithoutValues(logging.Formatter):
    """Formats a traceback as the frames and the type of each error in the chain, leaving out what the errors say."""

    def formatException(self, ei) -> str:
        kind, error, _trace = ei
        lines: list[str] = []
        seen: set[int] = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            frames = traceback.extract_tb(error.__traceback__)
            lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
            lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
            error = error.__cause__ or error.__context__
        return "\n".join(lines) if lines else str(kind)
