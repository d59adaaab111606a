using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>The scripts and style sheets that a page names.</summary>
/// <param name="Own">Those of the page's own server, each once.</param>
/// <param name="OthersCount">The number of those of other servers.</param>
/// <param name="IsEmpty">True if the page shows nothing and has nothing that could make it show something.</param>
internal sealed record PageResources(IReadOnlyList<Uri> Own, int OthersCount, bool IsEmpty)
{
    private const string Visible =
        "script, img, svg, video, canvas, iframe, frame, object, embed, input, button, meta[http-equiv=refresh i]";

    /// <summary>Reads a page.</summary>
    public static PageResources Of(WebAnswer page)
    {
        using var document = new HtmlParser().ParseDocument(page.Body.Text);
        var origin = Resolve(page.Address, document.QuerySelector("base[href]")?.GetAttribute("href")) ?? page.Address;
        var named = document.QuerySelectorAll("script[src], link[href]").Where(IsNeeded)
            .Select(element => Resolve(origin, element.GetAttribute("src") ?? element.GetAttribute("href"))).OfType<Uri>()
            .Where(address => address.Scheme is "http" or "https").Distinct().ToList();
        var own = named.Where(address => WebSession.AreSameOrigin(page.Address, address)).ToList();
        return new PageResources(own, named.Count - own.Count,
            string.IsNullOrWhiteSpace(document.Body?.TextContent) && document.QuerySelector(Visible) is null);
    }

    /// <summary>True for an answer that is an HTML page, by its type or by its first characters.</summary>
    public static bool IsHtml(WebAnswer answer)
    {
        if (answer.ContentType is "text/html" or "application/xhtml+xml") return true;
        var start = Encoding.UTF8.GetString(answer.Body.Bytes.AsSpan(0, Math.Min(answer.Body.Bytes.Length, 256)))
            .TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        return start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
            || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsNeeded(IElement element) => element.LocalName == "script"
        || (element.GetAttribute("rel") ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Any(rel => rel.Equals("stylesheet", StringComparison.OrdinalIgnoreCase)
                || rel.Equals("modulepreload", StringComparison.OrdinalIgnoreCase));

    private static Uri? Resolve(Uri origin, string? reference) =>
        reference is not null && Uri.TryCreate(origin, reference.Trim(), out var full) ? full : null;
}
