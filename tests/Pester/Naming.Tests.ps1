BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
    $password = [securestring]::new()
    'hunter2'.ToCharArray() | ForEach-Object { $password.AppendChar($_) }
    $script:Credential = [pscredential]::new('app', $password)
}

Describe 'Which database is meant' {
    BeforeEach {
        Enter-Sandbox
        $null = Backup-PostryDatabase ./app.db
    }
    AfterEach { Exit-Sandbox }

    It 'is asked for where nothing names it: <_>' -ForEach 'Backup-PostryDatabase', 'Compare-PostryBackup -Latest', 'Restore-PostryDatabase -Latest -Force', 'Restore-PostryDatabase -Latest -Mode postgres -WhatIf' {
        $run = [scriptblock]::Create($_)
        $run | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*no -Path and no -DatabaseUrl, and DATABASE_URL is not set*'
        $env:DATABASE_URL = 'mysql://app:hunter2@db/app'
        $run | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*DATABASE_URL does not begin with postgres*'
        "$Error" | Should -Not -Match 'hunter2'
    }

    It 'is not both a file and a server''s: <_>' -ForEach @(
        'Compare-PostryBackup -Latest -Path ./app.db -DatabaseUrl postgresql://db/app'
        'Restore-PostryDatabase -Latest -Path ./app.db -ConnectionString "host=db dbname=app" -Force'
        'Undo-PostryRestore -Latest -Path ./app.db -DatabaseUrl postgresql://db/app -Force'
        'Complete-PostryRestore -Latest -Path ./app.db -DatabaseUrl postgresql://db/app'
        'Get-PostryRestore -Path ./app.db -DatabaseUrl postgresql://db/app -ErrorAction Stop'
        'Get-PostryPreviousCopy ./app.db -DatabaseUrl postgresql://db/app -ErrorAction Stop'
        'Remove-PostryPreviousCopy -OlderThan 0s -Path ./app.db -DatabaseUrl postgresql://db/app -Force'
    ) {
        [scriptblock]::Create($_) | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*-Path and -DatabaseUrl*'
    }

    It 'is not both for a backup, which has parameter sets for it' {
        { Backup-PostryDatabase -Path ./app.db -DatabaseUrl postgresql://db/app } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        { Backup-PostryDatabase -LiteralPath ./app.db -Schema app } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        (Get-Command Backup-PostryDatabase).ParameterSets.Name | Sort-Object | Should -Be 'DatabaseUrl', 'LiteralPath', 'Path'
    }

    It 'is not contradicted by -Mode: <Code>' -ForEach @(
        @{ Code = 'Backup-PostryDatabase ./app.db -Mode postgres -ErrorAction Stop'; Problem = '*-Mode postgres contradicts -Path*' }
        @{ Code = 'Compare-PostryBackup -Latest ./app.db -Mode postgres'; Problem = '*-Mode postgres contradicts -Path*' }
        @{ Code = 'Restore-PostryDatabase -Latest ./app.db -Mode postgres -Force'; Problem = '*-Mode postgres contradicts -Path*' }
        @{ Code = 'Backup-PostryDatabase -Mode sqlite -DatabaseUrl postgresql://db/app'; Problem = '*-Mode sqlite contradicts -DatabaseUrl*' }
        @{ Code = '$env:DATABASE_URL = "postgresql://db/app"; Backup-PostryDatabase -Mode sqlite'; Problem = '*-Mode sqlite needs a file*' }
    ) {
        [scriptblock]::Create($Code) | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage $Problem
    }

    It 'takes the parameters of its own engine only' {
        { Restore-PostryDatabase -Latest ./app.db -Strategy Swap -NoOwner -Jobs 2 -Force } |
            Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*-Strategy, -NoOwner, -Jobs can only be used with PostgreSQL*'
        { Restore-PostryDatabase -Latest ./app.db -Credential $Credential -Force } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*-Credential is for PostgreSQL*'
        { Backup-PostryDatabase ./app.db -Fingerprint Live -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*Live is for PostgreSQL*'
        "$((Restore-PostryDatabase -Latest ./app.db -Strategy Auto -NoOwner:$false -Force).Status)" | Should -Be 'Committed'
    }

    It 'is a file where one is named, whatever DATABASE_URL says' {
        $env:DATABASE_URL = 'postgresql://app:hunter2@nowhere.invalid/app'
        (Backup-PostryDatabase ./app.db).Database | Should -Be 'app'
        "$((Compare-PostryBackup -Latest ./app.db).Status)" | Should -Be 'Equal'
        "$((Restore-PostryDatabase -Latest ./app.db -Force).Status)" | Should -Be 'Committed'
        "$((Undo-PostryRestore -Latest -Force).Status)" | Should -Be 'Undone'
        (Remove-PostryPreviousCopy -OlderThan 0s -Force).Removed | Should -Not -Contain $false
    }

    It 'is not a server''s where a path is needed, and the address is not repeated: <_>' -ForEach @(
        "Backup-PostryDatabase 'postgresql://app:hunter2@db/app'"
        "'postgresql://app:hunter2@db/app' | Backup-PostryDatabase"
        "Backup-PostryDatabase -LiteralPath 'postgres://app:hunter2@db/app'"
        "Restore-PostryDatabase -Latest 'postgresql+asyncpg://app:hunter2@db/app' -Force"
        "Compare-PostryBackup -Latest 'postgresql://app:hunter2@db/app'"
        "Get-PostryRestore -Path 'postgresql://app:hunter2@db/app'"
    ) {
        $caught = try { & ([scriptblock]::Create($_)); $null } catch { $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $caught.ErrorDetails.RecommendedAction | Should -BeLike '*-DatabaseUrl*'
        "$($caught.Exception)$($caught.TargetObject)$($caught.ErrorDetails.Message)" | Should -Not -Match 'hunter2'
    }

    It 'is refused without repeating an address that cannot be read: <_>' -ForEach @(
        'mysql://app:hunter2@db/app'
        'postgresql://app:hunter2@db/app?sslnonsense=1'
        'host=db password=hunter2 nonsense=1'
        'Host=db;Password=hunter2;Nonsense=1'
        'hunter2'
    ) {
        $url = $_
        foreach ($command in {
            Backup-PostryDatabase -DatabaseUrl $url -Verbose }, { Restore-PostryDatabase -Latest -DatabaseUrl $url -Force }, { Compare-PostryBackup -Latest -DatabaseUrl $url }, {
            Test-PostryBackup -Latest -ScratchUrl $url }, { Undo-PostryRestore -Latest -DatabaseUrl $url -Force }, { Remove-PostryPreviousCopy -OlderThan 0s -DatabaseUrl $url -Force }
        ) {
            $caught = try { & $command; $null } catch { $_ }
            $caught.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            "$($caught | Format-List * -Force | Out-String)$($caught.Exception)" | Should -Not -Match 'hunter2'
        }
    }

    It 'narrows lists by its address without a connection' {
        $null = Restore-PostryDatabase -Latest ./app.db -Force
        Get-PostryRestore -DatabaseUrl postgresql://nowhere.invalid/app | Should -BeNullOrEmpty
        Get-PostryPreviousCopy -DatabaseUrl postgresql://nowhere.invalid/app | Should -BeNullOrEmpty
        Remove-PostryPreviousCopy -OlderThan 0s -DatabaseUrl postgresql://nowhere.invalid/app -Force | Should -BeNullOrEmpty
        Get-PostryPreviousCopy | Should -HaveCount 1
    }

    It 'needs an address beside a credential' {
        { Undo-PostryRestore -Latest -Credential $Credential -Force } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*DATABASE_URL is not set*'
        { Test-PostryBackup -Latest -ScratchCredential $Credential } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*-ScratchUrl*'
    }
}

Describe 'The commands around the swap' {
    BeforeEach {
        Enter-Sandbox
        $script:Good = Get-State
        $null = Backup-PostryDatabase ./app.db
        Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 50'
        $script:Bad = Get-State
    }
    AfterEach { Exit-Sandbox }

    It 'run before and after it, and see no secret' -Skip:$IsWindows {
        $env:DATABASE_URL = 'postgresql://app:hunter2@nowhere.invalid/app'
        $here = (Get-Location).ProviderPath
        $null = Restore-PostryDatabase -Latest ./app.db -BeforeSwap "env > '$here/before.txt'" -AfterSwap "env > '$here/after.txt'" -Force
        Get-State | Should -Be $Good
        foreach ($name in 'before', 'after') {
            Get-Content -Raw "./$name.txt" | Should -Match "POSTRY_HOOK=${name}Swap"
            Get-Content -Raw "./$name.txt" | Should -Not -Match "hunter2|$TestKey"
        }
    }

    It 'leave the database as it is where they fail' {
        { Restore-PostryDatabase -Latest ./app.db -BeforeSwap 'exit 3' -Force } | Should -Throw -ErrorId 'ToolFailed,*'
        Get-State | Should -Be $Bad
        { Restore-PostryDatabase -Latest ./app.db -AfterSwap 'exit 3' -Force } | Should -Throw -ErrorId 'RestoreUndone,*'
        Get-State | Should -Be $Bad
    }

    It 'may take only so long' -Skip:$IsWindows {
        { Restore-PostryDatabase -Latest ./app.db -BeforeSwap 'sleep 60' -HookTimeout 1s -Force } | Should -Throw -ErrorId 'ToolFailed,*' -ExpectedMessage '*1 s*'
        Get-State | Should -Be $Bad
    }
}
