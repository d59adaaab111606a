namespace Postry.Ops.Engine.Tests.Support.Postgres;

/// <summary>An extension of a test's own among those of the server's installation, under a name that no other test uses; gone when
/// disposed.</summary>
internal sealed class TestExtension : IDisposable
{
    private readonly string[] _files;

    private TestExtension(string name, string folder) =>
        (Name, _files) = (name, [Path.Combine(folder, $"{name}.control"), Path.Combine(folder, $"{name}--1.0.sql")]);

    public string Name { get; }

    /// <summary>Installs an extension; null if only root may, and the tests do not run as root.</summary>
    /// <param name="server">Any server of the installation.</param>
    /// <param name="script">The SQL that CREATE EXTENSION runs.</param>
    public static TestExtension? TryInstall(PostgresServer server, string script)
    {
        var folder = Path.Combine(server.Psql("postgres", "SELECT setting FROM pg_config() WHERE name = 'SHAREDIR'"), "extension");
        if (Environment.UserName != "root" || !Directory.Exists(folder)) return null;
        var extension = new TestExtension($"postry_test_{Guid.NewGuid():N}"[..20], folder);
        File.WriteAllText(extension._files[0], "default_version = '1.0'\nrelocatable = true\n");
        File.WriteAllText(extension._files[1], script);
        return extension;
    }

    public void Dispose() => Array.ForEach(_files, File.Delete);
}
