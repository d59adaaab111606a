using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Deployment;

/// <summary>A repository that the program git makes and reads.</summary>
internal sealed class GitRepository
{
    public GitRepository(string folder, string format = "sha1")
    {
        Folder = Directory.CreateDirectory(folder).FullName;
        Git("init", "-q", "-b", "main", $"--object-format={format}", ".");
    }

    public string Folder { get; }

    /// <summary>Runs git in the folder and returns what it says; an error is a test failure.</summary>
    public string Git(params string[] arguments) => GitIn(Folder, arguments);

    /// <summary>Runs git in another folder.</summary>
    public static string GitIn(string folder, params string[] arguments)
    {
        var result = Commands.Run("git", ["-C", folder, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "gc.auto=0",
            .. arguments]);
        Assert.True(result.ExitCode == 0, $"git {string.Join(' ', arguments)}: {result.Error}");
        return result.Output.TrimEnd('\n');
    }

    /// <summary>Makes a commit and returns it. Each has another message, so that two of the same second are not the same.</summary>
    public string Commit()
    {
        Git("commit", "-q", "--allow-empty", "-m", $"{Guid.NewGuid()}");
        return Git("rev-parse", "HEAD");
    }

    /// <summary>The tags at the commit that is checked out in a folder, as git says.</summary>
    public static string[] TagsIn(string folder)
    {
        // One call for all: for each tag its own commit, whatever number of tags lies between.
        var tags = GitIn(folder, "tag").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var commits = GitIn(folder, ["rev-parse", "HEAD", .. tags.Select(tag => $"refs/tags/{tag}^{{commit}}")]).Split('\n');
        return [.. tags.Where((_, i) => commits[i + 1] == commits[0]).Order(StringComparer.Ordinal)];
    }
}
