using System.Text;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>The body of an answer.</summary>
/// <param name="Bytes">The bytes, unpacked, up to the limit.</param>
/// <param name="IsCut">True if there are more.</param>
/// <param name="Charset">The name of the encoding; null if the answer does not name one.</param>
internal sealed record WebBody(byte[] Bytes, bool IsCut, string? Charset)
{
    /// <summary>The most bytes that are read: an answer may be endless, and a small one may unpack to gigabytes.</summary>
    public const int Limit = 5 << 20;

    /// <summary>The words for an answer that was cut.</summary>
    public const string CutWords = "The answer is longer than 5 MiB, and only its beginning was read.";

    /// <summary>The body as text.</summary>
    public string Text
    {
        get
        {
            var encoding = Encoding.UTF8;
            try
            {
                if (Charset is not null) encoding = Encoding.GetEncoding(Charset.Trim('"', '\''));
            }
            catch (ArgumentException)
            {
                // Nearly every page whose encoding is unknown here is readable as far as its ASCII characters go.
                encoding = Encoding.Latin1;
            }

            using var reader = new StreamReader(new MemoryStream(Bytes), encoding);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Reads the body to its end or to the limit. Errors: IOException, OperationCanceledException.</summary>
    public static async Task<WebBody> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        using var stream = await content.ReadAsStreamAsync(cancellation);
        using var read = new MemoryStream();
        var buffer = new byte[64 << 10];
        try
        {
            while (read.Length <= Limit && await stream.ReadAsync(buffer, cancellation) is > 0 and var count) read.Write(buffer, 0, count);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            throw new HttpIOException(HttpRequestError.InvalidResponse, "The body cannot be unpacked.", e);
        }

        var isCut = read.Length > Limit;
        if (isCut) read.SetLength(Limit);
        return new WebBody(read.ToArray(), isCut, content.Headers.ContentType?.CharSet);
    }
}
