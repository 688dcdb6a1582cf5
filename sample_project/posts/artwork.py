"""Draws the cover images of the example posts, so that no picture has to be stored with the code."""

import io
import math

from PIL import Image, ImageDraw, ImageFilter, ImageOps

SIZE = (1280, 720)
FINER = 2  # drawn this many times larger, then reduced: that smooths the edges

# Sky above, sky below, sun, hills from far to near
PALETTES = {
    "dawn": ("#f6c9a8", "#fdf0dc", "#fff8e8", ["#e2b7a6", "#b98b8c", "#7d6474", "#43405a"]),
    "noon": ("#7fb9cf", "#e3f1ec", "#fffdf2", ["#a9cdb8", "#78ab91", "#4b8271", "#275650"]),
    "dusk": ("#4b4a7c", "#f0a48b", "#ffe3b8", ["#9a7093", "#6b5285", "#423c6b", "#242649"]),
    "night": ("#101c38", "#3c5a80", "#f4efd8", ["#34517a", "#274064", "#1a2d4b", "#0d1a30"]),
    "field": ("#b8d3e0", "#fbf3d7", "#fff6d0", ["#d9cf91", "#bdb163", "#86914b", "#4b6238"]),
    "coast": ("#8ecae0", "#f6efe2", "#ffffff", ["#74b3c6", "#4f96b1", "#2f718f", "#d9c39a"]),
    "frost": ("#c3d5e6", "#f7f8fb", "#ffffff", ["#c5d3e2", "#9fb4ca", "#6e88a5", "#3d566f"]),
    "clay": ("#e9a677", "#f9e3c4", "#fff3da", ["#d28b66", "#b26649", "#834437", "#4c2a2a"]),
    "moss": ("#9dbfae", "#eef1dc", "#fbf8e4", ["#a3b899", "#7b9877", "#53755c", "#2e4f43"]),
}


def draw_cover(palette, seed):
    """A landscape as seen from a train: sky, sun and four rows of hills.

    :param palette: a key of PALETTES.
    :param seed: a number; each gives other hills.
    :returns: the bytes of a JPEG file.
    """
    top, bottom, sun, hills = PALETTES[palette]
    width, height = (side * FINER for side in SIZE)
    # One column of the sky is enough: it is then made as wide as the picture.
    column = ImageOps.colorize(Image.linear_gradient("L").crop((0, 0, 1, 256)), black=top, white=bottom)
    image = column.resize((1, height)).resize((width, height), Image.Resampling.NEAREST)
    _sun(image, sun, x=width * (0.22 + 0.56 * _unit(seed, 1)), y=height * (0.26 + 0.14 * _unit(seed, 2)))
    draw = ImageDraw.Draw(image)
    for row, colour in enumerate(hills):
        draw.polygon(_hill(seed * 10 + row, row, width, height), fill=colour)
    file = io.BytesIO()
    image.resize(SIZE, Image.Resampling.BOX).save(file, "JPEG", quality=84, optimize=True)
    return file.getvalue()


def _sun(image, colour, *, x, y):
    radius = image.height * 0.085
    box = (x - radius, y - radius, x + radius, y + radius)
    # The glow is drawn small and enlarged: as soft as a blur of the large picture, and much faster.
    small = 16
    glow = Image.new("L", (image.width // small, image.height // small), 0)
    halo = [(edge + grow) / small for edge, grow in zip(box, (-radius, -radius, radius, radius), strict=True)]
    ImageDraw.Draw(glow).ellipse(halo, fill=120)
    glow = glow.filter(ImageFilter.GaussianBlur(radius / small)).resize(image.size, Image.Resampling.BILINEAR)
    image.paste(Image.new("RGB", image.size, colour), mask=glow)
    ImageDraw.Draw(image).ellipse(box, fill=colour)


def _hill(seed, row, width, height):
    """The outline of one row of hills: three waves on top of each other."""
    base = height * (0.52 + 0.13 * row)
    waves = [
        (height * 0.085 * (0.6 + _unit(seed, 3)), 0.8 + _unit(seed, 4)),
        (height * 0.030 * (0.6 + _unit(seed, 5)), 2.2 + 2 * _unit(seed, 6)),
        (height * 0.008, 7 + 4 * _unit(seed, 7)),
    ]
    shift = math.tau * _unit(seed, 8)
    outline = []
    for x in range(0, width + FINER * 4, FINER * 4):
        turn = math.tau * x / width
        outline.append((x, base + sum(tall * math.sin(often * turn + shift * often) for tall, often in waves)))
    return [(0, height), *outline, (width, height)]


def _unit(seed, salt):
    """A number from 0 to 1 that is the same on every computer."""
    return math.sin(seed * 12.9898 + salt * 78.233) * 43758.5453 % 1
