using System.Text;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Tests.Configuration;

/// <summary>Configurations as somebody would write them.</summary>
internal static class ConfigurationText
{
    public const string File = "/srv/app/postry.json";

    /// <summary>Reads a text as postry.json, with no environment unless one is given.</summary>
    public static OpsConfiguration Read(string text, params (string Name, string Value)[] environment) =>
        Read(Encoding.UTF8.GetBytes(text), environment);

    public static OpsConfiguration Read(byte[]? bytes, params (string Name, string Value)[] environment) =>
        OpsConfiguration.Parse(bytes, File, name => environment.FirstOrDefault(pair => pair.Name == name).Value,
            environment.Select(pair => pair.Name));

    /// <summary>The one problem of a text; where it is stands in the text as ^, which is taken out.</summary>
    public static ConfigurationProblem ProblemAt(string marked, string lineEnd = "\n")
    {
        var mark = marked.IndexOf('^', StringComparison.Ordinal);
        Assert.True(mark >= 0 && marked.IndexOf('^', mark + 1) < 0, "Mark one place with ^.");
        var before = marked[..mark].Split('\n');
        var problem = Assert.Single(Read(marked.Remove(mark, 1).ReplaceLineEndings(lineEnd)).Problems);
        // Counted here by another way than in the engine.
        var column = before[^1].EnumerateRunes().Count() + 1;
        Assert.Equal($"{File}:{before.Length}:{column}", problem.Origin.ToString());
        return problem;
    }
}
