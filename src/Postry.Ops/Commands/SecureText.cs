using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace Postry.Ops.Commands;

/// <summary>Reads a SecureString without leaving its text behind in a string.</summary>
internal static class SecureText
{
    /// <summary>The text as UTF-8 bytes.</summary>
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
}
