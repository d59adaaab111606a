using System.Text;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Addresses;

/// <summary>
/// The address of what is restored, for a command that is run around the swap. It holds no password: where this process was given one, the
/// address names a password file that only this user can read and that is gone when the command has ended. The command's own children
/// inherit nothing that would connect them to another server than usual.
/// </summary>
internal sealed class HookAddress : IDisposable
{
    private readonly ScratchFolder? _folder;

    private HookAddress(string? url, ScratchFolder? folder) => (Url, _folder) = (url, folder);

    /// <summary>The address; null for runtime files, which have none.</summary>
    public string? Url { get; }

    /// <summary>
    /// Creates the address. Where the password file cannot be written the address stands alone, and the command has to know the password by
    /// itself.
    /// </summary>
    public static HookAddress Of(DatabaseAddress target)
    {
        if (target is not PostgresAddress server) return new HookAddress(target.Url, null);
        var password = server.Password ?? Environment.GetEnvironmentVariable(EnvironmentVariables.PostgresPassword);
        // A line of a password file holds one, so that it cannot hold a password with a line's end in it.
        if (string.IsNullOrEmpty(password) || password.AsSpan().ContainsAny('\r', '\n')) return new HookAddress(server.Url, null);
        ScratchFolder? folder = null;
        try
        {
            folder = ScratchFolder.CreateTemporary();
            var file = folder.File("pgpass");
            using (var stream = Files.CreatePrivate(file)) stream.Write(Encoding.UTF8.GetBytes($"*:*:*:*:{Escape(password)}\n"));
            return new HookAddress((server with { Parameters = new Dictionary<string,
                string>(server.Parameters) { ["passfile"] = file } }).Url, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OpsException)
        {
            folder?.Dispose();
            return new HookAddress(server.Url, null);
        }
    }

    private static string Escape(string password) =>
        password.Replace(@"\", @"\\", StringComparison.Ordinal).Replace(":", @"\:", StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Dispose() => _folder?.Dispose();
}
