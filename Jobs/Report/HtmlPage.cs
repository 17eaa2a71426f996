using System.Net;
using System.Text;

namespace Flow.Jobs.Report;

/// <summary>A self-contained HTML page: no script, no request, pictures and plots inside. Everything that is text is escaped here.</summary>
public sealed class HtmlPage(string title)
{
    readonly StringBuilder body = new();

    public HtmlPage Heading(string text)
    {
        body.Append("<h2>").Append(Escape(text)).Append("</h2>\n");
        return this;
    }

    public HtmlPage Paragraph(string text)
    {
        body.Append("<p>").Append(Escape(text)).Append("</p>\n");
        return this;
    }

    /// <summary>A table with a header row; numbers are right-aligned by being right-aligned text in tabular figures.</summary>
    public HtmlPage Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        body.Append("<div class=\"wide\"><table><thead><tr>");
        foreach (var column in columns) body.Append("<th>").Append(Escape(column)).Append("</th>");
        body.Append("</tr></thead><tbody>\n");
        foreach (var row in rows)
        {
            body.Append("<tr>");
            foreach (var cell in row) body.Append("<td>").Append(Escape(cell)).Append("</td>");
            body.Append("</tr>\n");
        }
        body.Append("</tbody></table></div>\n");
        return this;
    }

    /// <summary>A plot as inline SVG, made by Domain.Plots, with a caption.</summary>
    public HtmlPage Figure(string svg, string caption)
    {
        body.Append("<figure>").Append(svg).Append("<figcaption>").Append(Escape(caption)).Append("</figcaption></figure>\n");
        return this;
    }

    /// <summary>A grid of PNG pictures: one row a sample, one column a kind, shown without smoothing.</summary>
    public HtmlPage Pictures(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<byte[]>> rows)
    {
        body.Append("<div class=\"wide\"><table class=\"pictures\"><thead><tr>");
        foreach (var column in columns) body.Append("<th>").Append(Escape(column)).Append("</th>");
        body.Append("</tr></thead><tbody>\n");
        foreach (var row in rows)
        {
            body.Append("<tr>");
            foreach (var (png, column) in row.Zip(columns))
                body.Append("<td><img alt=\"").Append(Escape(column)).Append("\" src=\"data:image/png;base64,")
                    .Append(Convert.ToBase64String(png)).Append("\"></td>");
            body.Append("</tr>\n");
        }
        body.Append("</tbody></table></div>\n");
        return this;
    }

    public override string ToString() => $$"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{Escape(title)}}</title>
        <style>
        :root { color-scheme: light dark; --ink: #1d2430; --soft: #5a6475; --line: #d9dee7; --page: #ffffff; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #a4adbd; --line: #39414f; --page: #14181f; } }
        body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); }
        h1 { font-size: 1.7rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
        th:first-child, td:first-child { text-align: left; }
        th { font-weight: 600; color: var(--soft); }
        .wide { overflow-x: auto; }
        .pictures td { padding: .2rem; border: 0; } .pictures th { text-align: left; padding: .2rem; }
        .pictures img { width: 8rem; image-rendering: pixelated; display: block; }
        figure { margin: 1rem 0; padding: .5rem; background: #fff; border-radius: .4rem; } figure svg { max-width: 100%; height: auto; }
        figcaption { color: #5a6475; font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; }
        </style></head><body>
        <h1>{{Escape(title)}}</h1>
        {{body}}</body></html>
        """;

    static string Escape(string text) => WebUtility.HtmlEncode(text);
}
