"""`python tests/widgets/previews.py` takes the pictures that a shared link to a widget's page shows.

Each holds a digest of what colours mean (`colours.js`): a test tells when they have to be taken anew.
"""

import hashlib
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image, PngImagePlugin

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

FRONT = Path(__file__).resolve().parents[2] / "nn_lib" / "widgets" / "front"
SIZE = (1200, 630)
# The state of each page that says most about it.
STATES = {
    "playground": "#problem=xor&steps=1200&seed=0",
    "stepper": "#step=4",
    "gradients": "#expression=sin(x) * cos(y)&x=0.6&y=0.5&learning_rate=0.3&landscape=1",
    "activations": "#activation=tanh",
}


def picture_of(name: str) -> Path:
    return FRONT / f"preview-{name}.png"


def meaning_of_colours() -> str:
    return hashlib.sha256((FRONT / "colours.js").read_bytes()).hexdigest()[:16]


def take(page, name: str, address: str) -> None:
    """The upper part of the widget, as a picture of few colours."""
    page.set_viewport_size({"width": SIZE[0], "height": SIZE[1] + 60})
    page.goto(address)
    page.evaluate("window.widget.ready")
    page.wait_for_timeout(500)
    top = page.locator(".nn-widget").bounding_box()["y"] - 8
    shot = page.screenshot(clip={"x": 0, "y": top, "width": SIZE[0], "height": SIZE[1]})
    told = PngImagePlugin.PngInfo()
    told.add_text("colours", meaning_of_colours())
    image = Image.open(io.BytesIO(shot)).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    image.save(picture_of(name), optimize=True, pnginfo=told)


if __name__ == "__main__":
    from chromium import browser, watched
    from conftest import need_program

    from nn_lib.widgets.pages import write_pages

    with tempfile.TemporaryDirectory() as folder, browser(need_program("chromium", "chromium")) as chromium:
        write_pages(folder)
        page = watched(chromium)
        for name, link in STATES.items():
            take(page, name, f"file://{folder}/{name}.html{link}")
            print(picture_of(name))
