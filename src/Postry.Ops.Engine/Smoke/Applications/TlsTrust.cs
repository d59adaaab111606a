using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>The certificates that the servers of one attempt showed, and why one of them is not trusted.</summary>
internal sealed class TlsTrust
{
    private readonly Lock _gate = new();

    /// <summary>The reason, as a clause; null if all certificates are trusted.</summary>
    public string? Problem { get; private set; }

    /// <summary>The earliest end (UTC) of the certificates; null if no connection was encrypted.</summary>
    public DateTime? ValidUntil { get; private set; }

    /// <summary>Judges a certificate.</summary>
    public bool Judge(string host, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        lock (_gate)
        {
            if (shown is X509Certificate2 certificate)
            {
                var end = certificate.NotAfter.ToUniversalTime();
                if (ValidUntil is null || end < ValidUntil) ValidUntil = end;
                if (errors != SslPolicyErrors.None) Problem ??= Words(host, certificate, chain, errors);
            }
            else
            {
                Problem ??= $"{host} showed no certificate";
            }
        }

        return errors == SslPolicyErrors.None;
    }

    private static string Words(string host, X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var reasons = new List<string>();
        var now = DateTime.UtcNow;
        if (certificate.NotAfter.ToUniversalTime() < now) reasons.Add($"expired on {Day(certificate.NotAfter)}");
        if (certificate.NotBefore.ToUniversalTime() > now) reasons.Add($"is not valid before {Day(certificate.NotBefore)}");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            reasons.Add($"is for {Names(certificate)} and not for {host}");
        const X509ChainStatusFlags NoRoot = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;
        if (chain?.ChainStatus.Any(status => (status.Status & NoRoot) != 0) == true)
            reasons.Add(certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)
                ? "is self-signed, and this machine does not trust it" : "is of an issuer that this machine does not trust");
        if (reasons.Count == 0) reasons.Add("is not trusted");
        return $"the certificate of {host} {string.Join(", ", reasons)}";
    }

    private static string Day(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames()
            .Concat(names.EnumerateIPAddresses().Select(address => address.ToString()))).Take(5).ToList();
        return names.Count > 0 ? string.Join(", ", names) : certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false);
    }
}
