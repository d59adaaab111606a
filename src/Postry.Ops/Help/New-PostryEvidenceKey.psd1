@{
    Synopsis    = 'Makes a key that signs evidence for auditors, who must not hold the integrity key.'
    Description = @(
        'Writes evidence-key.pem, which only its owner can read, and evidence-key.pub.pem. The key is for ECDSA on the curve P-256. Neither file is ever replaced, and both must lie outside the folder of the backups.'
        'Set POSTRY_EVIDENCE_KEY_FILE to the path of evidence-key.pem, and give evidence-key.pub.pem to those who check evidence. From then on, evidence gets a second signature.'
    )
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Model.EvidenceKeyFiles'
    Parameters  = @{
        Path = 'The folder that gets the two files. The folder must exist.'
    }
    Examples    = @(
        @{ Code = 'New-Item -ItemType Directory ./keys > $null; New-PostryEvidenceKey ./keys'; Text = 'Makes a key in the folder keys.' }
    )
    Related     = 'Test-PostryRestoreDrill', 'Get-PostryRestoreDrill', 'about_Postry.Ops'
}
