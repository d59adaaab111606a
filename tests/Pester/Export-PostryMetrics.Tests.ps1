BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
    . (Join-Path $PSScriptRoot 'JsonSchema.ps1')
}

Describe 'Export-PostryMetrics' {
    BeforeEach { Enter-Sandbox }
    AfterEach { Exit-Sandbox }

    It 'writes the status of each database, and shows the metrics where that is asked' {
        $null = Backup-PostryDatabase ./app.db
        Export-PostryMetrics ./postry.prom | Should -BeNullOrEmpty
        Get-Content ./postry.prom | Should -Contain 'postry_backup_failures_in_row{database="app"} 0'
        $at = [DateTimeOffset]::new((Get-PostryBackup).SnapshotAt).ToUnixTimeSeconds()
        (Get-Content ./postry.prom) -match '^postry_last_backup_timestamp_seconds' | Should -BeLike "postry_last_backup_timestamp_seconds{database=`"app`"} $at*"
        $shown = Export-PostryMetrics ./postry.prom -Database a* -PassThru
        Get-Complaint metricSample $shown[0] | Should -BeNullOrEmpty
        $shown | Where-Object Name -EQ postry_backup_failures_in_row | Format-Table | Out-String -Width 80 | Should -Match ' 0 postry_backup_failures_in_row\{database="app"\}'
        ($shown | Where-Object Name -EQ postry_last_backup_size_bytes).Value | Should -Be (Get-PostryRecoveryStatus).Size.Bytes
    }

    It 'writes nothing with -WhatIf' {
        Export-PostryMetrics ./postry.prom -WhatIf
        './postry.prom' | Should -Not -Exist
    }

    It 'names a folder that is not there, and a database that nobody knows' {
        { Export-PostryMetrics ./gone/postry.prom -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
        $null = Backup-PostryDatabase ./app.db
        { Export-PostryMetrics ./postry.prom -Database none -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
        './postry.prom' | Should -Not -Exist
    }
}
