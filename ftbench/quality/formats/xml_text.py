"""Well-formed XML without a document type, as a careful program reads what a model wrote."""

from xml.parsers import expat


def strict_xml(text: str) -> str:
    """Name of the root element of `text`. No tree is built, so that neither depth nor size of an output can do harm.

    Raises:
        ValueError: not well-formed; a document type, by which entities could swallow memory or fetch files (CWE-776, CWE-611).
    """
    roots: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if not roots:
            roots.append(name)

    def no_doctype(*_: object) -> None:
        raise ValueError("it declares a document type, which is refused for safety")

    parser = expat.ParserCreate("utf-8", " ")  # the text is decoded already, whatever it declares
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = no_doctype
    try:
        parser.Parse(text.strip().encode(), True)
    except expat.ExpatError as error:
        raise ValueError(f"{expat.ErrorString(error.code)} at line {error.lineno}, column {error.offset + 1}") from None
    except UnicodeEncodeError:
        raise ValueError("it holds half of a surrogate pair") from None
    return roots[0]
