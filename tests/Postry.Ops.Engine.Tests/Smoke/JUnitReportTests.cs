using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Smoke;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Smoke;

/// <summary>The JUnit file, read by Python's own XML parser as systems for continuous integration do.</summary>
public sealed class JUnitReportTests
{
    [StockFact]
    public void Each_status_has_its_element_and_no_answer_breaks_the_file()
    {
        using var work = new Workspace();
        SmokeResult Result(string name, CheckStatus status, string? actual, string? detail = null) => new(name, SmokeKind.Http,
            $"http://{name}/", status, "2xx", actual, detail, TimeSpan.FromSeconds(1.5), 1);
        var report = new SmokeReport(CheckStatus.Failed, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), TimeSpan.FromSeconds(2),
        [
            Result("good", CheckStatus.Passed, "200"), Result("bad <&\" \u0001\ud800", CheckStatus.Failed, "<html>\0 & \uffff"),
            Result("unsure", CheckStatus.Inconclusive, null, "OPS_TOKEN is not set."), Result("later", CheckStatus.Skipped, null, "bad must pass first."),
        ]);
        var file = work["junit.xml"];
        File.WriteAllBytes(file, JUnitReport.Of(report));
        var read = Commands.Run("python3", ["-c", """
            import sys, xml.etree.ElementTree as E
            suite = E.parse(sys.argv[1]).getroot().find('testsuite')
            print(*[suite.get(k) for k in ('tests', 'failures', 'errors', 'skipped', 'time', 'timestamp')])
            for case in suite: print(case.get('classname'), case.get('name'), *[child.tag + ': ' + child.get('message') for child in case])
            """, file]);
        Assert.Equal(0, read.ExitCode);
        Assert.Equal("""
            4 1 1 1 2.000 2026-01-02T03:04:05
            smoke.Http good
            smoke.Http bad <&" ?� failure: expected 2xx, found <html>? & ?
            smoke.Http unsure error: OPS_TOKEN is not set.
            smoke.Http later skipped: bad must pass first.

            """, read.Output);
    }
}
