namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>A folder with scripts that stand in for programs of PostgreSQL.</summary>
internal sealed class FakeTools : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("postry-tools-").FullName;

    /// <summary>Adds a program of some version that otherwise does what the script says.</summary>
    public string Add(string program, string version, string script = "exit 0", string? subfolder = null)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, subfolder ?? "")).FullName, program);
        File.WriteAllText(path,
            $"#!/bin/sh\nif [ \"$1\" = --version ]; then echo '{program} (PostgreSQL) {version}'; exit 0; fi\n{script}\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
