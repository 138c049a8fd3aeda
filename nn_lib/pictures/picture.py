"""A picture that shows itself in a notebook, says in words what it shows, and can be saved."""

from __future__ import annotations

import base64
import html
from pathlib import Path
from typing import Any

KINDS = {"svg": "image/svg+xml", "png": "image/png"}


class Picture:
    """An image with its alternative text and a one-paragraph summary.

    `data` is the file's bytes, `kind` "svg" or "png". `alt` goes into the html `<img>` for readers who do not
    see the image; `summary` (by default the same words) is what a terminal shows and what is printed beneath
    the image unless `caption` is False. A picture wider than a page may `scroll` instead of shrinking.
    Raises `ValueError` for an empty alt text or another kind.
    """

    def __init__(
        self,
        data: bytes,
        kind: str,
        alt: str,
        summary: str | None = None,
        caption: bool = True,
        scroll: bool = False,
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"a picture is 'svg' or 'png', not {kind!r}")
        if not alt.strip():
            raise ValueError("a picture needs an alt text: one sentence that says what it shows")
        self.data, self.kind, self.alt, self.caption, self.scroll = data, kind, alt, caption, scroll
        self.summary = summary if summary is not None else alt

    def save(self, path: str | Path) -> Path:
        """Write the image to `path` and return it. Raises `ValueError` when its ending says another kind."""
        path = Path(path)
        if path.suffix.lower() != f".{self.kind}":
            raise ValueError(f"this picture is {self.kind}: save it as {path.with_suffix('.' + self.kind).name}")
        path.write_bytes(self.data)
        return path

    def to_html(self) -> str:
        """The image inside an `<img>` that needs no other file, and the summary beneath it.

        A data address, because a notebook that is not trusted yet shows those and drops inline svg.
        """
        source = f"data:{KINDS[self.kind]};base64,{base64.b64encode(self.data).decode('ascii')}"
        width = "none" if self.scroll else "100%"
        image = f'<img alt="{html.escape(self.alt, quote=True)}" style="max-width:{width}" src="{source}">'
        if self.scroll:
            image = f'<div style="overflow-x:auto">{image}</div>'
        if not self.caption:
            return image
        return f"{image}<br><small>{html.escape(self.summary)}</small>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        encoded = self.data.decode("utf-8") if self.kind == "svg" else base64.b64encode(self.data).decode("ascii")
        return {"text/html": self.to_html(), KINDS[self.kind]: encoded, "text/plain": self.summary}

    def __repr__(self) -> str:
        return f"<Picture, {self.kind}, {len(self.data):,} bytes: {self.alt}>"
