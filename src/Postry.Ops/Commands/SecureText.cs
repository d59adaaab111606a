using System.Management.Automation;
using System.Net;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace Postry.Ops.Commands;

/// <summary>Reads what PowerShell keeps encrypted.</summary>
internal static class SecureText
{
    /// <summary>The text as UTF-8 bytes, without leaving it behind in a string.</summary>
    public static byte[] Utf8(SecureString text)
    {
        var copy = Marshal.SecureStringToGlobalAllocUnicode(text);
        var characters = new char[text.Length];
        try
        {
            Marshal.Copy(copy, characters, 0, characters.Length);
            return Encoding.UTF8.GetBytes(characters);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(copy);
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(characters.AsSpan()));
        }
    }

    /// <summary>The password of a credential; null where it is empty. Database drivers take nothing but strings.</summary>
    public static string? Password(PSCredential? credential) =>
        credential is { Password.Length: > 0 } ? new NetworkCredential("", credential.Password).Password : null;
}
