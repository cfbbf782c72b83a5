"""Charts and maps as SVG text: drawn on the server, printable, styled by class, with every name escaped and no script."""
