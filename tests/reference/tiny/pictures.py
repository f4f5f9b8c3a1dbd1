"""Five small pictures, one of each kind of file that behaves in a way of its own."""

import numpy
from PIL import Image


def paint(seed, width, height):
    """Coloured discs on a slope, with noise: smooth parts, hard edges, and nothing symmetric."""
    chance = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:height, 0:width]
    picture = numpy.stack([x * 200 / width, y * 200 / height, (x + y) * 100 / width], -1)
    for _ in range(5):
        middle, radius = chance.uniform(0, [width, height]), chance.uniform(4, height / 3)
        inside = numpy.hypot(x - middle[0], y - middle[1]) < radius
        picture[inside] = chance.uniform(0, 255, 3)
    return Image.fromarray((picture + chance.normal(0, 6, picture.shape)).clip(0, 255).astype(numpy.uint8))


def write_pictures(folder):
    folder.mkdir(parents=True, exist_ok=True)
    paint(1, 61, 44).save(folder / "rgb.png")

    veiled = paint(2, 40, 52).convert("RGBA")  # its alpha is dropped, not blended
    veiled.putalpha(Image.linear_gradient("L").resize(veiled.size))
    veiled.save(folder / "alpha.png")

    paint(3, 47, 47).convert("L").save(folder / "grey.png")
    paint(4, 70, 33).quantize(24).save(folder / "palette.png")

    turned = Image.Exif()
    turned[0x0112] = 6  # to be turned by 90 degrees to the right
    paint(5, 83, 56).save(folder / "turned.jpg", quality=92, exif=turned)
