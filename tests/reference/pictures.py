#!/usr/bin/env python3
"""Makes tests/data/pictures: small files of many kinds and what Pillow decodes them to.

    python3 tests/reference/pictures.py

Needs Pillow 13 and numpy.  expected.json says for each file the size and the RGB in base64,
upright and without alpha, or "refused".
"""
import base64
import io
import json
import pathlib
import struct
import zlib

import numpy
from PIL import Image, ImageOps

DATA = pathlib.Path(__file__).parent.parent / "data" / "pictures"


def scene(width, height):
    y, x = numpy.mgrid[0:height, 0:width]
    red, green, blue = x * 255 // max(width - 1, 1), y * 255 // max(height - 1, 1), (x // 4 + y // 4) % 2 * 255
    return Image.fromarray(numpy.stack([red, green, blue], -1).astype(numpy.uint8))


def encode(picture, kind, **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb():
    """A PNG of 254 bytes that claims 60000 by 60000 pixels."""
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
    end = chunk(b"IEND", b"")
    return head + chunk(b"IDAT", zlib.compress(bytes(60000))[: 254 - len(head) - len(end) - 12].ljust(254 - len(head) - len(end) - 12, b"\0")) + end


def plane(width, height):
    """A black PNG of one bit a pixel: large to decode, small to keep."""
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return head + chunk(b"IDAT", zlib.compress(bytes(height * (1 + (width + 7) // 8)), 9)) + chunk(b"IEND", b"")


def interlaced(picture):
    """Adam7, which Pillow cannot write: each pass is a small picture of its own."""
    pixels = numpy.array(picture)
    height, width, _ = pixels.shape
    raw = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        for row in pixels[y0::dy, x0::dx]:
            raw += b"\0" + row.tobytes() if len(row) else b""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def files():
    plain = scene(24, 16)
    alpha = plain.convert("RGBA")
    alpha.putalpha(Image.fromarray(numpy.arange(24 * 16, dtype=numpy.uint8).reshape(16, 24)))
    frames = [scene(24, 16).rotate(90 * i) for i in range(3)]

    yield "rgb.png", encode(plain, "PNG")
    yield "alpha.png", encode(alpha, "PNG")
    yield "grey.png", encode(plain.convert("L"), "PNG")
    yield "grey-alpha.png", encode(alpha.convert("LA"), "PNG")
    yield "palette.png", encode(plain.quantize(16), "PNG")
    yield "palette-transparent.png", encode(plain.quantize(16), "PNG", transparency=3)
    yield "one-bit.png", encode(plain.convert("1"), "PNG")
    yield "interlaced.png", interlaced(plain)
    yield "turned.png", encode(plain, "PNG", exif=turned(6))
    yield "really-jpeg.png", encode(plain, "JPEG", quality=90)
    yield "rgb.jpg", encode(plain, "JPEG", quality=90)
    yield "progressive.jpg", encode(plain, "JPEG", quality=90, progressive=True)
    yield "grey.jpg", encode(plain.convert("L"), "JPEG")
    yield "cmyk.jpg", encode(plain.convert("CMYK"), "JPEG")
    for orientation in range(10):
        yield f"turned-{orientation}.jpg", encode(plain, "JPEG", quality=90, exif=turned(orientation))
    yield "animated.gif", encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    yield "rgb.bmp", encode(plain, "BMP")
    yield "rgb.tiff", encode(plain, "TIFF", compression="tiff_lzw")
    yield "rgb.webp", encode(plain, "WEBP", lossless=True)
    yield "turned.webp", encode(plain, "WEBP", lossless=True, exif=turned(8))
    yield "one-pixel.png", encode(scene(1, 1), "PNG")
    yield "line.png", encode(scene(20000, 3).convert("1").convert("RGB"), "PNG", optimize=True)

    refused = {
        "text.png": b"This is not a picture.\n",
        "bomb.png": bomb(),
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
        "cursor.ani": b"RIFF\x24\0\0\0ACONanih" + bytes(32),
        "icon.icns": b"icns" + struct.pack(">I", 24) + b"ICON" + bytes(12),
        "letters.xpm": b'/* XPM */\nstatic char *x[] = { "1 1 1 1", "a c red", "a" };\n',
        "truevision.tga": b"\0\0\2" + bytes(9) + struct.pack("<HHBB", 1, 1, 24, 0) + b"abc",
        "numbers.pnm": b"P3 1 1 255 1 2 3\n",
        "zero.png": b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 5, 8, 2, 0, 0, 0)) + chunk(b"IEND", b""),
        "huge.bmp": b"BM" + struct.pack("<IHHIIiiHHIIiiII", 99, 0, 0, 54, 40, 0x7FFFFFFF, 0x7FFFFFFF, 1, 24, 0, 0, 0, 0, 0, 0),
        "checksum.png": encode(plain, "PNG").replace(b"IHDR\0\0\0\x18", b"IHDR\0\0\0\x19"),
    }
    for name, data in refused.items():
        yield name, data


def expect(name, data):
    """What Pillow makes of the file, or "refused"."""
    if name == "line.png":
        return None
    try:
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    except Exception:
        return "refused"
    if picture.width * picture.height > 10000:
        return "refused"
    return {"width": picture.width, "height": picture.height, "rgb": base64.b64encode(picture.tobytes()).decode()}


NEVER = ("drawing.svg", "cursor.ani", "icon.icns", "letters.xpm", "truevision.tga", "numbers.pnm", "zero.png", "huge.bmp", "checksum.png")

if __name__ == "__main__":
    DATA.mkdir(parents=True, exist_ok=True)
    Image.MAX_IMAGE_PIXELS = None
    expected = {}
    for name, data in files():
        (DATA / name).write_bytes(data)
        expected[name] = "refused" if name in NEVER else expect(name, data)
    # 40 megapixels are to be answered too; what they hold needs no keeping.
    (DATA / "forty-megapixels.png").write_bytes(plane(8000, 5000))
    # Pillow's ways with 16 bits are its own: the file is there to be answered at all.
    (DATA / "sixteen.png").write_bytes(encode(Image.fromarray((numpy.arange(384, dtype=numpy.uint16) * 170).reshape(16, 24)), "PNG"))
    (DATA / "expected.json").write_text(json.dumps({k: v for k, v in expected.items() if v is not None}, indent=1) + "\n")
