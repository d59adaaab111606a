using System.Management.Automation;
using System.Security;

namespace Postry.Ops.Commands;

/// <summary>The base of the cmdlets that sign or verify.</summary>
public abstract class KeyedCommand : OpsCommand
{
    /// <summary>The key that signs and verifies, in place of BACKUP_METADATA_HMAC_KEY.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? IntegrityKey { get; set; }

    private protected sealed override SecureString? GivenKey => IntegrityKey;
}
