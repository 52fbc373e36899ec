"""`archc render`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archc.cli.options import (
    SettingOptions,
    check_not_read,
    complete_spec,
    output_path,
    print_diagnostics,
    settings_options,
    spec_errors,
)
from archc.diagnostics import SpecError, printable

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def complete_template(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The shipped templates, and files."""
    from click.shell_completion import CompletionItem

    from archc.render.shipped import shipped_names

    names = [CompletionItem(name) for name in shipped_names() if name.startswith(incomplete)]
    return [*names, CompletionItem(incomplete, type="file")]


@click.command(
    "render",
    epilog="""\b
Examples:
  archc render resnet50 --template latex -o resnet50.tex
  archc render vgg16 --template mermaid --set classes=10
  archc render mine.yaml --template house.j2
  archc render --list
""",
)
@click.argument("spec", required=False, shell_complete=complete_spec)
@settings_options
@click.option(
    "--template",
    metavar="NAME|FILE.j2",
    shell_complete=complete_template,
    help="A shipped template, or a file: a text with `/` or `.j2` is a file.",
)
@click.option("-o", "file", metavar="FILE", help="The file to write. [default: the text is printed]")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@click.option("--list", "as_list", is_flag=True, help="List the shipped templates.")
def render_command(
    spec: str | None, given: SettingOptions, template: str | None, file: str | None, force: bool, as_list: bool
) -> None:
    """Write a text of a network by a template of jinja2: a table for a paper, a picture, a format of your own.

    The template reads the network, its parts, layers, documented facts and pictures, under names that stay, and can do
    nothing else: it runs in a sandbox, without files and within bounds. A name that is not there is an error.
    """
    from archc.atomic_file import check_writable, write_text

    with spec_errors(as_json=False):
        if as_list:
            if spec is not None or template is not None:
                message = "`--list` lists the shipped templates, and takes no network and no template"
                raise SpecError.of("usage", message, None, "`archc render --list`")
            _list_templates()
            return
        if spec is None or template is None:
            what = "a network, or `--list`" if spec is None else "a template"
            raise SpecError.of("usage", f"`archc render` needs {what}", None, "`archc render SPEC --template NAME`")
        path = output_path(file)
        if path is not None:
            check_not_read(path, spec, template)
            check_writable(path, force)
        text = _rendered(spec, given, template)
        if path is None:
            click.echo(text, nl=False)
        else:
            write_text(path, text, force)
            click.echo(f"wrote {printable(str(path))}: {len(text.splitlines()):,} lines")


def _rendered(spec: str, given: SettingOptions, name: str) -> str:
    from archc.network import load_network
    from archc.render.context import context
    from archc.render.template import find_template, render
    from archc.version import __version__

    template = find_template(name)
    network = load_network(spec, given.settings())
    print_diagnostics(network.warnings)
    data = context(network.spec, network.graph, network.values, network.check(conditions=False), __version__)
    return render(template, data)


def _list_templates() -> None:
    from archc.render.shipped import shipped_templates
    from archc.report.table import Column, Table, show_table

    rows = [[name, what] for name, what in shipped_templates().items()]
    show_table(Table((Column("template"), Column("what it writes")), rows))
