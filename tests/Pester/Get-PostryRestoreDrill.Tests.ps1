BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
    . (Join-Path $PSScriptRoot 'JsonSchema.ps1')
}

Describe 'The evidence of tests and drills' {
    BeforeAll {
        Enter-Sandbox
        $script:Set = Backup-PostryDatabase ./app.db
        $script:Other = Backup-PostryDatabase ./app.db
        $null = New-Item -ItemType Directory ./keys
        $script:Key = New-PostryEvidenceKey ./keys
        $env:POSTRY_EVIDENCE_KEY_FILE = $Key.PrivateKeyFile
        $script:Report = $Set | Test-PostryBackup -Level Restore
    }
    AfterAll {
        $env:POSTRY_EVIDENCE_KEY_FILE = $null
        Exit-Sandbox
    }

    It 'is listed, and proves the backup that was tested' {
        $drill = Get-PostryRestoreDrill
        $drill.DrillId | Should -Be $Report.DrillId
        $drill.Kind -eq 'Test' -and $drill.Status -eq 'Passed' -and $drill.Evidence -eq 'Passed' | Should -BeTrue
        $drill.PublicKeyId | Should -Be $Key.KeyId
        (Get-PostryRestoreDrill -Kind Drill) | Should -BeNullOrEmpty
        (Get-PostryRestoreDrill -Database 'a*' -Latest).DrillId | Should -Be $drill.DrillId
        (Get-PostryBackup -Id $Set.Id).ProvenBy | Should -Be $drill.DrillId
        (Get-PostryBackup -Id $Other.Id).ProvenAt | Should -BeNullOrEmpty
        Get-PostryBackup -Id $Set.Id | Format-List | Out-String -Width 200 | Should -Match "Proven +: \d{4}.* by $($drill.DrillId)"
        (TabExpansion2 'Get-PostryRestoreDrill ').CompletionMatches.CompletionText | Should -Contain $drill.DrillId
        { Get-PostryRestoreDrill zzzzzzzz -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
    }

    It 'gets a note by the id in the pipeline' {
        $note = Get-PostryRestoreDrill -Latest | Add-PostryRestoreDrillNote -Note 'Seen by Ada.'
        $note.Number | Should -Be 1
        (Get-PostryRestoreDrill -Latest).Notes.Text | Should -Be 'Seen by Ada.'
        Add-PostryRestoreDrillNote $note.DrillId 'Not written.' -WhatIf
        (Get-PostryRestoreDrill -Latest).Notes | Should -HaveCount 1
        Get-PostryRestoreDrill -Latest | Format-List | Out-String -Width 200 | Should -Match 'Seen by Ada\. \(.*, Passed\)'
    }

    It 'is verified on another machine with the public key alone' {
        $elsewhere = Join-Path $TestDrive 'elsewhere'
        $null = New-Item -ItemType Directory $elsewhere
        Copy-Item ./backups/drills/* $elsewhere
        $file = Join-Path $elsewhere (Split-Path -Leaf (Get-PostryRestoreDrill -Latest).EvidenceFile)
        $key, $env:POSTRY_EVIDENCE_KEY_FILE, $hmac, $env:BACKUP_METADATA_HMAC_KEY = $env:POSTRY_EVIDENCE_KEY_FILE, $null, $env:BACKUP_METADATA_HMAC_KEY, $null
        try {
            $report = Test-PostryRestoreDrill $file -PublicKey ./keys/evidence-key.pub.pem
            $report.Status -eq 'Passed' | Should -BeTrue
            $report.Proves | Should -Match $Set.Id
            Test-PostryRestoreDrill $file -Quiet | Should -BeFalse
            Add-Content $file ' '
            (Test-PostryRestoreDrill $file -PublicKey ./keys/evidence-key.pub.pem).Status -eq 'Failed' | Should -BeTrue
        }
        finally { $env:POSTRY_EVIDENCE_KEY_FILE, $env:BACKUP_METADATA_HMAC_KEY = $key, $hmac }
    }

    It 'is as the schema says' {
        Get-Complaint restoreDrill (Get-PostryRestoreDrill -Latest) | Should -BeNullOrEmpty
        Get-Complaint restoreDrill (Get-PostryRestoreDrill -Latest | ConvertTo-PostryJson | ConvertFrom-Json -AsHashtable -DateKind String) | Should -BeNullOrEmpty
        Get-Complaint drillNote (Get-PostryRestoreDrill -Latest).Notes[0] | Should -BeNullOrEmpty
        Get-Complaint evidenceReport (Get-PostryRestoreDrill -Latest | Test-PostryRestoreDrill) | Should -BeNullOrEmpty
        Get-Complaint evidenceKeyFiles $Key | Should -BeNullOrEmpty
        Get-Complaint backupSet (Get-PostryBackup -Id $Set.Id) | Should -BeNullOrEmpty
        Get-Complaint verificationReport $Report | Should -BeNullOrEmpty
    }

    It 'fits 80 columns' { (Get-PostryRestoreDrill | Format-Table | Out-String -Width 80) -split "`n" | Should -Not -Match '\.\.\.|…' }

    It 'makes no key where one is, and none in the backups' {
        { New-PostryEvidenceKey ./keys -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationExists,*'
        { New-PostryEvidenceKey ./backups -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRequest,*'
        $null = New-Item -ItemType Directory ./more
        New-PostryEvidenceKey ./more -WhatIf
        Get-ChildItem ./more | Should -BeNullOrEmpty
    }
}
