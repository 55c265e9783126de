"""What the addresses of Pixiv's image hosts tell."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# /img-original/img/2026/07/01/20/05/05/123_p0.png, /c/600x1200_90/img-master/img/.../123_p0_master1200.jpg,
# /img-zip-ugoira/img/.../123_ugoira600x600.zip: the time of the upload, then the page.
_UPLOAD = re.compile(
    r"/img/([0-9]{4}(?:/[0-9]{2}){5}/[^/]+?)(?:_(?:master|square)[0-9]+|_ugoira[0-9]+x[0-9]+)?\.\w+\Z"
)


def edition(url: str) -> str:
    """What two addresses of the same upload share, whatever their hosts and sizes; another one after a change by the artist.

    The whole of an address, but for its host, when it is none of Pixiv's.
    """
    parts = urlsplit(url)
    found = _UPLOAD.search(parts.path)
    return found[1] if found else parts._replace(scheme="", netloc="").geturl()
