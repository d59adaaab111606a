BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
    . (Join-Path $PSScriptRoot 'JsonSchema.ps1')
}

Describe 'Copy-PostryBackup' {
    BeforeEach {
        Enter-Sandbox
        Add-RuntimeFile
        $script:First = Backup-PostryDatabase ./app.db -WarningAction Ignore
    }
    AfterEach { Exit-Sandbox }

    It 'copies what is piped in, and the copy is a backup root' {
        $second = Backup-PostryDatabase ./app.db
        Get-PostryBackup | Copy-PostryBackup -Destination ./nas -WhatIf | ForEach-Object IsThere | Should -Be $false, $false
        Test-Path ./nas | Should -BeFalse
        $copies = Get-PostryBackup -Database app | Copy-PostryBackup -Destination ./nas
        $copies.Status | Should -Be 'Copied', 'Copied'
        $copies[0] | Should -BeOfType 'Postry.Ops.Engine.Model.BackupCopy'
        (Copy-PostryBackup $First.Id ./nas).Status | Should -Be 'AlreadyThere'
        (Copy-PostryBackup -Latest -Destination ./nas).BackupId | Should -Be $second.Id
        Get-PostryBackup -BackupRoot ./nas | Should -HaveCount 2
        (Get-PostryBackup -BackupRoot ./nas -Latest | Test-PostryBackup -Level Restore -BackupRoot ./nas).Status | Should -Be 'Passed'
        $state = Get-State
        Invoke-Sql ./app.db 'DELETE FROM posts'
        $null = Restore-PostryDatabase -Id $second.Id -BackupRoot ./nas -Path ./app.db -Force
        Get-State | Should -Be $state
    }

    It 'emits a row for a copy that fails, and an error' {
        $rows = Copy-PostryBackup -Latest -Destination ./no/such, ./nas -ErrorVariable failure -ErrorAction SilentlyContinue
        $rows.Status | Should -Be 'Failed', 'Copied'
        $failure[-1].FullyQualifiedErrorId | Should -BeLike 'CopyFailed,*'
        $rows[0].ErrorId | Should -Be 'DestinationUnreachable'
        { Copy-PostryBackup -Latest -Destination ./no/such } | Should -Throw -ErrorId 'CopyFailed,*'
        { Copy-PostryBackup -Latest -Destination ./backups } | Should -Throw -ErrorId 'InvalidRequest,*'
        { Copy-PostryBackup -Latest } | Should -Throw -ErrorId 'InvalidRequest,*'
        ($rows | Out-String -Width 200) | Should -Match "$($First.Id) +app +Failed"
    }

    It 'takes the destinations of postry.json, and so does every backup' {
        Set-Content ./postry.json '{ "destinations": { "nas": { "path": "nas" }, "usb": { "path": "usb" } } }'
        $null = New-Item -ItemType Directory ./nas
        $set = Backup-PostryDatabase ./app.db -ErrorVariable failure -ErrorAction SilentlyContinue
        $set.Status | Should -Be 'Complete'
        $set.Copies.Status | Should -Be 'Copied', 'Failed'
        $failure[-1].FullyQualifiedErrorId | Should -BeLike 'CopyFailed,*'
        { Backup-PostryDatabase ./app.db } | Should -Throw -ErrorId 'CopyFailed,*'
        Get-PostryBackup | Should -HaveCount 3
        (Copy-PostryBackup $First.Id -Destination nas).DestinationName | Should -Be 'nas'
        $null = New-Item -ItemType Directory ./usb
        (Get-PostryBackup | Copy-PostryBackup | Where-Object DestinationName -EQ usb).Status | Should -Be 'Copied', 'Copied', 'Copied'
        (TabExpansion2 'Copy-PostryBackup -Latest -Destination ' -cursorColumn 39).CompletionMatches.CompletionText | Should -Be 'nas', 'usb'
    }

    It 'is as the schema says' {
        $copy = Copy-PostryBackup -Latest -Destination ./nas | ConvertTo-PostryJson | ConvertFrom-Json -AsHashtable -DateKind String
        Get-Complaint backupCopy $copy | Should -BeNullOrEmpty
        $plan = Copy-PostryBackup -Latest -Destination ./nas -WhatIf | ConvertTo-PostryJson | ConvertFrom-Json -AsHashtable -DateKind String
        Get-Complaint copyPlan $plan | Should -BeNullOrEmpty
        Set-Content ./postry.json '{ "destinations": { "usb": { "path": "usb" } } }'
        $set = Backup-PostryDatabase ./app.db -ErrorAction SilentlyContinue
        Get-Complaint backupSet ($set | ConvertTo-PostryJson | ConvertFrom-Json -AsHashtable -DateKind String) | Should -BeNullOrEmpty
    }
}
