"""The Chinese font of printed sheets: Noto Sans SC, brought by npm when Kangyu was set up; read once in each process."""

import os
import threading
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from kangyu.kernel.errors import UserError

REGULAR, BOLD = "KangyuSans", "KangyuSans-Bold"
CHECKOUT = Path(__file__).resolve().parents[4]
FILES = {REGULAR: "400Regular/NotoSansSC_400Regular.ttf", BOLD: "700Bold/NotoSansSC_700Bold.ttf"}
_lock = threading.Lock()


def folder() -> Path:
    """Where the font files lie: ``KANGYU_FONTS``, else the checkout's npm packages."""
    given = os.environ.get("KANGYU_FONTS")
    return Path(given) if given else CHECKOUT / "node_modules/@expo-google-fonts/noto-sans-sc"


def ready() -> tuple[str, str]:
    """The names of the regular and the bold font, registered. Raises ``UserError`` when the files are not there."""
    with _lock:
        if REGULAR not in pdfmetrics.getRegisteredFontNames():
            for name, file in FILES.items():
                path = folder() / file
                if not path.is_file():
                    raise UserError("打印用的中文字体没有装好，请管理员重新运行 make run 或 make setup。")
                pdfmetrics.registerFont(TTFont(name, str(path)))
            pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    return REGULAR, BOLD
