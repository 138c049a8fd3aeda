"""The prose of a notebook's text form: what a reader reads, without code, formulas, tables and markup."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_MARKDOWN = re.compile(r"^# %% \[markdown\].*?$(.*?)(?=^# %%|\Z)", flags=re.MULTILINE | re.DOTALL)
_ABBREVIATIONS = re.compile(r"\b(e\.g|i\.e|etc|vs|cf)\.", flags=re.IGNORECASE)


def text_of(name):
    """The text form of an assignment."""
    return (REPOSITORY / "solutions" / name / f"{name}.py").read_text(encoding="utf-8")


def markdown_of(text):
    """The markdown cells, without the sample answers and mark schemes that no student reads."""
    cells = []
    for match in _MARKDOWN.finditer(text):
        header = match.group(0).split("\n", 1)[0]
        if '"solution": true' not in header:
            cells.append(re.sub(r"^# ?", "", match.group(1), flags=re.MULTILINE).strip())
    return cells


def formulas(text):
    """Every formula of the markdown cells, as written between dollar signs."""
    joined = "\n\n".join(_without_code(cell) for cell in markdown_of(text))
    shown = re.findall(r"\$\$(.+?)\$\$", joined, flags=re.DOTALL)
    inline = re.findall(r"(?<!\\)\$([^$]+?)\$", re.sub(r"\$\$.+?\$\$", " ", joined, flags=re.DOTALL))
    return shown + inline


def _without_code(cell):
    cell = re.sub(r"```.*?```", " ", cell, flags=re.DOTALL)
    return re.sub(r"`[^`\n]*`|<code>.*?</code>", "code", cell)


def paragraphs(text):
    """What a reader reads aloud: paragraphs and list items, each a line of words."""
    found = []
    for cell in markdown_of(text):
        cell = _without_code(cell)
        cell = re.sub(r"\$\$.*?\$\$", " ", cell, flags=re.DOTALL)
        cell = re.sub(r"(?<!\\)\$[^$]+?\$", "formula", cell)
        cell = re.sub(r"</?(summary|details|p|li|ul|ol|br|figure|figcaption)\b[^>]*>", "\n\n", cell)
        cell = re.sub(r"<[^>]+>|[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}", "", cell)
        cell = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", cell)
        for block in re.split(r"\n\s*\n|^\s*(?:[-*+]|\d+\.)\s+", cell, flags=re.MULTILINE):
            lines = [line for line in block.splitlines() if not re.match(r"\s*(\||#|>?\s*$)", line)]
            words = " ".join(" ".join(lines).split()).lstrip("> ")
            if words:
                found.append(words)
    return found


def sentences(text):
    """The sentences of the prose, each a list of its words; labels of fewer than three words are none."""
    found = []
    for paragraph in paragraphs(text):
        paragraph = _ABBREVIATIONS.sub(r"\1", paragraph)
        for sentence in re.split(r"(?<=[.!?])[\"')\u201d]*\s+(?=[\"'(\u201c]*[A-Z0-9])", paragraph):
            words = re.findall(r"[^\W_]+(?:[-'\u2019.,/][^\W_]+)*", sentence)
            if len(words) >= 3:
                found.append(words)
    return found


_ARRANGEMENT = (
    r"begin|end|left|right|big|Big|bigl|bigr|qquad|quad|textstyle|displaystyle|tfrac|dfrac|underbrace|overbrace"
)
_WORDS = re.compile(
    rf"\\(?:{_ARRANGEMENT})(?:\{{[a-z]+\*?\}})?(?![A-Za-z])"
    r"|\\(?:text|textbf|mathrm|mathtt|texttt|operatorname)\s*\{[^{}]*\}"
    r"|\^\s*\{?\s*(?:\\mathsf\s*\{?)?T\b\}*"  # a transpose
)
_DIFFERENTIAL = re.compile(r"(?<![A-Za-z\\])d(?=\s*[A-Za-z\\}])(?!\s*\\(?:cdot|times|odot|le|ge|qquad))")
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "eta": "η", "theta": "θ",
    "lambda": "λ", "mu": "μ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "Delta": "Δ",
    "Omega": "Ω", "Theta": "Θ", "Sigma": "Σ", "ell": "ℓ",
}  # fmt: skip


def without_words(formula):
    """A formula without its words, its transposes and the marks that only arrange it."""
    return _WORDS.sub(" ", formula)


def symbols(formula):
    """The letters of a formula that stand for a quantity: no words, no operators, no d of dx, no e of e^x."""
    formula = without_words(formula)
    if formula.strip() in ("d", r"\partial"):  # the sign itself is spoken of
        return set()
    formula = re.sub(r"(?<![A-Za-z\\])e(?=\s*\^)", " ", formula)
    formula = _DIFFERENTIAL.sub(" ", formula)
    found = {GREEK[name] for name in re.findall(r"\\([A-Za-z]+)", formula) if name in GREEK}
    return found | set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", formula)))
