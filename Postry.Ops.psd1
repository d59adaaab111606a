@{
    # The manifest of a checkout: it loads what build.ps1 has staged under out/. build.ps1 makes the staged module's
    # manifest from this file by setting RootModule, ModuleVersion and FormatsToProcess.
    RootModule           = 'Postry.Ops.psm1'
    ModuleVersion        = '0.1.0'
    FormatsToProcess     = @()

    GUID                 = '6a0a3c6e-52f5-4c0b-9d6e-2a3d5f1c8b47'
    Author               = 'Postry.Ops contributors'
    CompanyName          = 'Postry.Ops'
    Copyright            = '(c) Postry.Ops contributors.'
    Description          = 'Backups that are proofs and restores that are transactions, for SQLite, PostgreSQL and runtime files.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')

    CmdletsToExport      = @(
        'Add-PostryRestoreDrillNote'
        'Backup-PostryDatabase'
        'Backup-PostryRuntime'
        'Compare-PostryBackup'
        'Complete-PostryRestore'
        'ConvertTo-PostryJson'
        'Copy-PostryBackup'
        'Export-PostryMetrics'
        'Get-PostryBackup'
        'Get-PostryConfiguration'
        'Get-PostryHistory'
        'Get-PostryPreviousCopy'
        'Get-PostryRecoveryStatus'
        'Get-PostryRestore'
        'Get-PostryRestoreDrill'
        'Invoke-PostryJob'
        'Invoke-PostryRestoreDrill'
        'Invoke-PostrySmoke'
        'New-PostryConfiguration'
        'New-PostryEvidenceKey'
        'Remove-PostryBackup'
        'Remove-PostryPreviousCopy'
        'Repair-PostryCatalog'
        'Restore-PostryDatabase'
        'Restore-PostryRuntime'
        'Set-PostryBackup'
        'Test-PostryBackup'
        'Test-PostryCatalog'
        'Test-PostryRestoreDrill'
        'Undo-PostryRestore'
        'Unlock-PostryBackupRoot'
    )
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()

    PrivateData          = @{
        PSData = @{
            Tags         = @('Backup', 'Restore', 'SQLite', 'PostgreSQL', 'Operations')
            ReleaseNotes = 'First release, not yet published: signed backups, tests, comparisons, restores and undos of SQLite, PostgreSQL and runtime files. CHANGELOG.md has the details.'
        }
    }
}
