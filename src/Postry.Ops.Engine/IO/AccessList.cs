using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace Postry.Ops.Engine.IO;

/// <summary>The access lists of Windows, which take the place of permission bits there.</summary>
[SupportedOSPlatform("windows")]
internal static class AccessList
{
    private const AccessControlSections Access = AccessControlSections.Access;

    /// <summary>Opens a new file that only this user, the system and the administrators can read.</summary>
    public static FileStream CreatePrivate(string path, FileMode mode)
    {
        var security = new FileSecurity();
        foreach (var rule in Rules(InheritanceFlags.None)) security.AddAccessRule(rule);
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        // A buffer of one byte is none.
        return new FileInfo(path).Create(mode, FileSystemRights.Read | FileSystemRights.Write, FileShare.Read, bufferSize: 1,
            FileOptions.None, security);
    }

    /// <summary>Makes a folder that only this user, the system and the administrators can read, with all that will be in it.</summary>
    public static void CreatePrivateFolder(string folder)
    {
        var security = new DirectorySecurity();
        foreach (var rule in Rules(InheritanceFlags.ContainerInherit | InheritanceFlags.ObjectInherit)) security.AddAccessRule(rule);
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        new DirectoryInfo(folder).Create(security);
    }

    /// <summary>Gives a file the access list of another one.</summary>
    public static void Copy(string from, string to)
    {
        var source = new FileInfo(from).GetAccessControl(Access);
        if (source.AreAccessRulesProtected || source.GetAccessRules(true, false, typeof(SecurityIdentifier)).Count > 0)
        {
            var copy = new FileSecurity();
            copy.SetSecurityDescriptorBinaryForm(source.GetSecurityDescriptorBinaryForm(), Access);
            new FileInfo(to).SetAccessControl(copy);
        }
        else
        {
            Inherit(to);
        }
    }

    /// <summary>Gives a file that was made private the access list that other files of its folder get.</summary>
    public static void Inherit(string path)
    {
        var file = new FileInfo(path);
        var security = new FileSecurity();
        security.SetAccessRuleProtection(isProtected: false, preserveInheritance: false);
        file.SetAccessControl(security);
    }

    private static IEnumerable<FileSystemAccessRule> Rules(InheritanceFlags inheritance)
    {
        using var user = WindowsIdentity.GetCurrent();
        foreach (var who in new[]
            { user.User!, new SecurityIdentifier(WellKnownSidType.LocalSystemSid, null),
                new SecurityIdentifier(WellKnownSidType.BuiltinAdministratorsSid, null) })
            yield return new FileSystemAccessRule(who, FileSystemRights.FullControl, inheritance, PropagationFlags.None,
                AccessControlType.Allow);
    }
}
