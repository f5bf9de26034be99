"""What the machine refuses, in words for people: space, rights, memory.

In: an error of any library. Out: a sentence without a value of a record, or None where it is not the machine's.
"""

TROUBLE = {
    "no space left": "no space is left on the disk of the workspace",
    "file too large": "a file grew past what this system allows (quota or file size limit)",
    "disk quota exceeded": "the disk quota of the workspace is used up",
    "permission denied": "a file or folder of the workspace cannot be read or written by this user",
    "not a directory": "a file lies where a folder is meant to be",
    "file exists": "a file lies where a folder is meant to be",
    "read-only file system": "the disk of the workspace is read-only",
    "too many open files": "too many files are open (ulimit -n)",
    "out of memory": "the memory that is allowed is used up",
}


def refusal(error: BaseException | None) -> str | None:
    """What the machine refused, where that is the cause of an error or of one that it was raised from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        words = str(error).lower()
        for said, trouble in TROUBLE.items():
            if said in words:
                return trouble
        error = error.__cause__ or error.__context__
    return None
