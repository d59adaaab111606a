using System.Globalization;
using System.Text;
using System.Xml;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke;

/// <summary>
/// Smoke checks as JUnit XML, which all systems for continuous integration show: a failed check is a failure, one that could not ask is an
/// error, one that waited in vain is skipped.
/// </summary>
internal static class JUnitReport
{
    private const string Suite = "postry smoke";

    /// <summary>The document, in UTF-8.</summary>
    public static byte[] Of(SmokeReport report)
    {
        using var bytes = new MemoryStream();
        var settings = new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) };
        using (var xml = XmlWriter.Create(bytes, settings))
        {
            xml.WriteStartElement("testsuites");
            xml.WriteStartElement("testsuite");
            xml.WriteAttributeString("name", Suite);
            xml.WriteAttributeString("tests", Number(report.Checks.Count));
            xml.WriteAttributeString("failures", Number(Count(report, CheckStatus.Failed)));
            xml.WriteAttributeString("errors", Number(Count(report, CheckStatus.Inconclusive)));
            xml.WriteAttributeString("skipped", Number(Count(report, CheckStatus.Skipped)));
            xml.WriteAttributeString("time", Seconds(report.Duration));
            xml.WriteAttributeString("timestamp", report.StartedAt.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
            foreach (var check in report.Checks) Write(xml, check);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        return bytes.ToArray();
    }

    private static void Write(XmlWriter xml, SmokeResult check)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", $"smoke.{check.Kind}");
        xml.WriteAttributeString("name", Clean(check.Name));
        xml.WriteAttributeString("time", Seconds(check.Duration));
        if (check.Status != CheckStatus.Passed)
        {
            xml.WriteStartElement(check.Status switch
            {
                CheckStatus.Failed => "failure",
                CheckStatus.Skipped => "skipped",
                _ => "error",
            });
            xml.WriteAttributeString("message", Clean(check.Detail ?? $"expected {check.Expected}, found {check.Actual}"));
            if (check.Status != CheckStatus.Skipped)
            {
                xml.WriteAttributeString("type", check.Status.ToString());
                xml.WriteString(Clean($"{check.Target}: expected {check.Expected ?? "-"}, found {check.Actual ?? "-"}"));
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static int Count(SmokeReport report, CheckStatus status) => report.Checks.Count(check => check.Status == status);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    // An answer may hold characters that XML has not.
    private static string Clean(string text) => string.Concat(text.EnumerateRunes().Select(rune =>
        rune.Value is 0x9 or 0xA or 0xD or >= 0x20 and <= 0xD7FF or >= 0xE000 and <= 0xFFFD or >= 0x10000 ? rune.ToString() : "?"));
}
