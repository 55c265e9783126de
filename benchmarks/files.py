"""Measures downloads of images of typical size: files per second and processor time per file, with and without
verification, over HTTP and TLS, with and without latency.

The images are blurred noise, which is harder to decode than drawings. The API and the images are served by separate
processes on the second core. The cost of verification alone, without a crawl, is measured first.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness import (
    PROJECT,
    SCRAPY,
    SCRAPY_WITHOUT_VERIFICATION,
    Crawl,
    crawl,
    data_folder,
    image_server,
    in_separate_process,
    print_table,
    simulated_pixiv,
    spread,
)

sys.path.insert(0, str(PROJECT))

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image, ImageFilter

from pixiv_crawler.media import problem_of

USER_ID = 9003
FILES = 100
# Width and height of most illustrations; pages of manga are smaller.
SIZE = (2000, 3000)

HEAD = ("file", "server", "verified", "files/s", "MB/s", "CPU ms per file", "peak MB")


def main() -> None:
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="pixiv_crawler-benchmark-") as name:
        folder = Path(name)
        files = in_separate_process(_images, folder)
        print_table(("file", "MB", "ms to verify", "MB/s"), [_verification(*each) for each in files.items()])
        print()
        print_table(HEAD, _rows(options, folder, files))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each case is measured (default: 3)")
    parser.add_argument("--folder", type=Path, help="where files are written (default: the system's temporary folder)")
    return parser


def _images(folder: Path) -> dict[str, Path]:
    noise = Image.frombytes("RGB", SIZE, os.urandom(SIZE[0] * SIZE[1] * 3)).filter(ImageFilter.GaussianBlur(1.2))
    drawing = Image.new("RGB", SIZE, "white")
    drawing.paste(noise.crop((0, 0, 1100, 1100)), (400, 500))
    paths = {name: folder / name for name in ("JPEG", "progressive JPEG", "PNG", "small JPEG")}
    noise.save(paths["JPEG"], "JPEG", quality=90)
    noise.save(paths["progressive JPEG"], "JPEG", quality=90, progressive=True)
    drawing.save(paths["PNG"], "PNG")
    noise.crop((0, 0, 300, 400)).save(paths["small JPEG"], "JPEG", quality=90)
    return paths


def _verification(name: str, path: Path) -> list[str]:
    milliseconds = []
    for _ in range(9):
        started = time.process_time()
        assert problem_of(path) is None
        milliseconds.append((time.process_time() - started) * 1000)
    size = path.stat().st_size / 1e6
    return [name, f"{size:.2f}", spread(milliseconds, 1), spread([size / each * 1000 for each in milliseconds])]


def _rows(options: argparse.Namespace, folder: Path, files: dict[str, Path]) -> list[list[str]]:
    crawls: dict[tuple[str, str, str], list[Crawl]] = defaultdict(list)
    certificate = _certificate(folder)
    with simulated_pixiv(f"{USER_ID}:{FILES // 2}x2:0") as pixiv:
        for _ in range(options.rounds):
            for name, path in files.items():
                for server, latency, tls in (("HTTP", 0.0, False), ("TLS", 0.0, True), ("TLS, 50 ms", 0.05, True)):
                    for verified, program in (("yes", SCRAPY), ("no", SCRAPY_WITHOUT_VERIFICATION)):
                        with (
                            image_server(path, latency, certificate if tls else None) as url,
                            data_folder(options.folder) as data,
                            _trusted(certificate),
                        ):
                            figures = crawl(
                                pixiv,
                                data,
                                [f"user_id={USER_ID}"],
                                settings=[f"PIXIV_IMAGE_URL={url}"],
                                program=program,
                            )
                        crawls[name, server, verified].append(figures)
    return [_row(case, files[case[0]].stat().st_size / 1e6, figures) for case, figures in crawls.items()]


def _row(case: tuple[str, str, str], megabytes: float, crawls: list[Crawl]) -> list[str]:
    per_second = [figures.files / figures.spider_seconds for figures in crawls]
    return [
        *case,
        spread(per_second),
        spread([each * megabytes for each in per_second]),
        spread([figures.cpu_seconds / figures.files * 1000 for figures in crawls]),
        spread([figures.peak_mb for figures in crawls]),
    ]


def _certificate(folder: Path) -> Path:
    """A certificate for localhost, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding, key_format = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(encoding, key_format, serialization.NoEncryption()) + certificate.public_bytes(encoding)
    )
    return path


@contextmanager
def _trusted(certificate: Path) -> Iterator[None]:
    os.environ["SSL_CERT_FILE"] = str(certificate)
    try:
        yield
    finally:
        del os.environ["SSL_CERT_FILE"]


if __name__ == "__main__":
    main()
