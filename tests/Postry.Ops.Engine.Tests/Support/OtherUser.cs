namespace Postry.Ops.Engine.Tests.Support;

/// <summary>Runs the console program as a user who is not root and owns nothing. The class works only if the tests run as root.</summary>
internal sealed class OtherUser : IDisposable
{
    private readonly string _program;

    /// <param name="number">The number to run as: that of nobody, or one that no list of users has.</param>
    public OtherUser(int number = 65534)
    {
        Number = $"{number}";
        // The checkout may lie where that user cannot look.
        _program = Directory.CreateTempSubdirectory("postry-program-").FullName;
        StockTools.Shell("cp -r -- \"$1\"/. \"$2\" && chmod -R a+rX -- \"$2\"", ChildPrograms.Folder, _program);
    }

    /// <summary>True where another user's children can be started.</summary>
    public static bool IsPossible => OperatingSystem.IsLinux() && Environment.UserName == "root" && Requirements.Has("setpriv");

    private string Number { get; }

    /// <summary>A workspace that the user may write to.</summary>
    public Workspace Workspace()
    {
        var work = new Workspace();
        StockTools.Shell("chmod a+rx -- \"$(dirname \"$1\")\"; chmod 777 -- \"$1\"", work.Folder);
        return work;
    }

    /// <summary>Gives a folder with all that is in it to the user.</summary>
    public void Own(string folder) => StockTools.Shell($"chown -R {Number}:{Number} -- \"$1\"", folder);

    public PostryAnswer Run(Workspace work, params string[] arguments) =>
        PostryConsole.Run(work, arguments, new() { ["HOME"] = _program, ["TMPDIR"] = "/tmp" },
        ["setpriv", $"--reuid={Number}", $"--regid={Number}", "--clear-groups"], Path.Combine(_program, ChildPrograms.PostryName));

    public void Dispose() => Directory.Delete(_program, recursive: true);
}

/// <summary>A test that needs children of another user; where there can be none it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OtherUserFactAttribute : FactAttribute
{
    public OtherUserFactAttribute()
    {
        Skip = OtherUser.IsPossible ? Requirements.Missing(Requirements.Stock)
            : "NOT TESTED HERE: needs root and setpriv, to start children that are not root.";
    }
}
