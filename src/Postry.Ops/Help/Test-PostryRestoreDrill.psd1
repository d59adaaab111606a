@{
    Synopsis    = 'Verifies an evidence file of a restore drill or a test, also on a machine that has nothing else of it.'
    Description = @(
        'The checks are: its form, the signature with the integrity key, the signature with the public key in the file with the ending .sig beside it, the notes beside it, the evidence before it (if that is beside it, too), and what it proves.'
        'One good signature is enough: the other one is Skipped if its key is not here. If neither can be checked, the status is Inconclusive. If any byte was changed, the status is Failed, which is a result and no error.'
        'The status is about the file. Whether the drill passed is another matter: see Drill.Status, and Proves, which is empty if the file proves no backup.'
        'The public key is that of -PublicKey, or else belongs to the key that POSTRY_EVIDENCE_KEY_FILE names; it is never taken from the file. docs/evidence.md shows how to check the signature with openssl alone.'
    )
    Inputs      = 'System.String[]'
    Outputs     = 'Postry.Ops.Engine.Model.EvidenceReport; with -Quiet System.Boolean'
    Parameters  = @{
        Path      = 'The evidence files, taken exactly as written.'
        PublicKey = 'A PEM file with the public key that must have signed them.'
        Quiet     = 'Returns true if a file is as it was signed, and false otherwise, instead of the report.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryRestoreDrill | Test-PostryRestoreDrill'; Text = 'Verifies all evidence of the backup root.' }
        @{ Code = '$null = Backup-PostryDatabase ./app.db | Test-PostryBackup -Level Restore; (Get-PostryRestoreDrill -Latest | Test-PostryRestoreDrill).Proves'; Text = 'Tests a backup by a restore, and shows what its evidence proves.' }
    )
    Related     = 'Get-PostryRestoreDrill', 'New-PostryEvidenceKey', 'about_Postry.Ops'
}
