@{
    Synopsis    = 'Looks for what is unfinished, missing or foreign in the folder of the backups.'
    Description = @(
        'Reads names, sizes, manifests and records; no artefact''s bytes. Test-PostryBackup tests the bytes of one backup.'
        'Each finding has its Kind, the path with size and age, the finding in words (Detail) and the next step (Next). IsProblem tells what is not as it is to be from what is only mentioned.'
        'Problems: Leftover (a killed command left it; Repair-PostryCatalog removes it), Orphan (an artefact without its manifest), Incomplete (a backup that has lost its artefact or its archive of runtime files), ChangedManifest, Unreadable (a manifest or the record of a restore), ArchiveWithoutBackup (an archive of runtime files whose database''s backup is gone), PinWithoutBackup.'
        'Mentioned only: RecordWithoutBackup and EvidenceWithoutBackup (records and evidence stay when a backup is pruned), Foreign (files of others, which no command ever touches), and leftovers while another command is writing.'
    )
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Model.CatalogFinding; nothing if there is no finding; with -Quiet System.Boolean'
    Parameters  = @{
        Quiet = 'Returns $true if there is no problem, and $false otherwise, instead of the findings.'
    }
    Examples    = @(
        @{ Code = 'Test-PostryCatalog | Format-List'; Text = 'Shows every finding with its next step.' }
        @{ Code = 'if (-not (Test-PostryCatalog -BackupRoot ./backups -Quiet)) { throw "The folder of the backups has problems." }'; Text = 'Fails a CI job if something is not as it is to be.' }
    )
    Related     = 'Repair-PostryCatalog', 'Get-PostryBackup', 'Test-PostryBackup', 'about_Postry.Ops'
}
