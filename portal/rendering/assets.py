"""Static files with a content hash in their name, so that browsers may keep them for ever.

All of static/css is served as one stylesheet: the files in the order of their names, which begin with a number.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import rcssmin
import rjsmin
from flask import Flask, Response, abort, current_app, request

from portal.policy import public

PREFIX = "/assets/"
STYLESHEET = "css/portal.css"
NO_PAGE = "default-src 'none'; frame-ancestors 'none'"  # shorter than a page's, for each of eight files
FOR_EVER = "public, max-age=31536000, immutable"
HASHED = re.compile(r"(.+)\.[0-9a-f]{12}(\.[a-z0-9]+)\Z")
CSS_URL = re.compile(r"url\(\.\./([^)]+)\)")
WITHIN = re.compile(r"(?<=[\w)\]]) (?=:[a-z])")


def _packed(css: str) -> str:
    """Minify a stylesheet; without a star, rcssmin makes `.rows :is(b)` into `.rows:is(b)`, which differs."""
    return str(rcssmin.cssmin(WITHIN.sub(" *", css)))


MINIFIED: dict[str, Callable[[str], str]] = {"css": _packed, "js": rjsmin.jsmin}
COMPRESSED = {".css", ".js", ".svg", ".json", ".html"}
TYPES = {".woff2": "font/woff2", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    url: str
    mimetype: str
    content: bytes
    gzipped: bytes | None


class Assets:
    """Every static file under its plain name."""

    def __init__(self, root: Path) -> None:
        """Read the files, join the stylesheet and name each by its content."""
        self.files: dict[str, Asset] = {}
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.parent != root / "css" and path.suffix != ".md":
                self._add(path.relative_to(root).as_posix(), path.read_bytes())
        self._add(STYLESHEET, self._stylesheet(sorted((root / "css").glob("*.css"))))

    def url(self, name: str) -> str:
        """Return the hashed URL of a file."""
        return self.files[name].url

    def _add(self, name: str, content: bytes) -> None:
        stem, _, suffix = name.rpartition(".")
        if suffix in MINIFIED and "vendor/" not in name:
            content = MINIFIED[suffix](content.decode()).encode()
        digest = hashlib.sha256(content).hexdigest()[:12]
        kind = TYPES.get(f".{suffix}") or mimetypes.guess_type(name)[0] or "application/octet-stream"
        gzipped = gzip.compress(content, 9, mtime=0) if f".{suffix}" in COMPRESSED else None
        self.files[name] = Asset(f"{PREFIX}{stem}.{digest}.{suffix}", kind, content, gzipped)

    def _stylesheet(self, parts: list[Path]) -> bytes:
        joined = "\n".join(part.read_text(encoding="utf-8") for part in parts)
        return CSS_URL.sub(lambda found: f"url({self.url(found[1])})", joined).encode()


@public
def send(name: str) -> Response:
    """Send a file under its hashed name; another name is a 404."""
    plain = HASHED.fullmatch(name)
    assets: Assets = current_app.extensions["assets"]
    if current_app.debug:  # the page may be older than the file that was just edited
        assets = Assets(assets_root(current_app))
    asset = assets.files.get("".join(plain.groups())) if plain else None
    if asset is None or (asset.url != PREFIX + name and not current_app.debug):
        abort(404)
    return _response(asset)


def _response(asset: Asset) -> Response:
    packed = asset.gzipped is not None and request.accept_encodings.quality("gzip") > 0
    answer = Response(asset.gzipped if packed else asset.content, mimetype=asset.mimetype)
    answer.headers["Cache-Control"] = "no-store" if current_app.debug else FOR_EVER
    answer.headers["Content-Security-Policy"] = NO_PAGE
    if asset.gzipped is not None:
        answer.headers["Vary"] = "Accept-Encoding"
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def assets_root(app: Flask) -> Path:
    """Return the folder of the static files, beside the package."""
    return Path(app.root_path).parent / "static"


def register(app: Flask) -> None:
    """Read the files, serve them, and give the templates `asset(name)`."""
    assets = Assets(assets_root(app))
    app.extensions["assets"] = assets
    app.jinja_env.globals["asset"] = assets.url
    app.add_url_rule(f"{PREFIX}<path:name>", "assets", send)
