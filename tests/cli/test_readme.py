"""The README's own lines: what it types runs in a fresh folder, and prints what it shows, excerpt by excerpt."""

from pathlib import Path

from tests.cli.test_docs import BLOCK, TYPED, shell

README = Path(__file__).parents[2] / "README.md"


def test_the_lines_of_the_readme_print_what_it_shows(tmp_path):
    run = shell(tmp_path)
    (block,) = (b for b in BLOCK.findall(README.read_text()) if "stepsize identify run.log" in b)
    typed = TYPED.split(block)[1:]
    assert len(typed) == 14
    for line, shown in zip(typed[::2], typed[1::2], strict=True):
        printed = run(line)
        assert "stepsize: " not in printed, printed
        for excerpt in shown.splitlines():
            assert excerpt.strip() == "..." or excerpt in printed.splitlines(), (line, excerpt, printed)
    assert (tmp_path / "work" / "run.svg").read_text().startswith("<?xml")
