BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'The databases of postry.json' {
    BeforeEach {
        Enter-Sandbox
        $null = New-Item -ItemType Directory ./data
        Add-SampleDatabase ./data/shop.db
        Set-Content ./postry.json '{ "databases": { "app": { "path": "app.db" }, "shop": { "path": "data/shop.db" }, "gone": { "path": "gone.db" } } }'
    }
    AfterEach { Exit-Sandbox }

    It 'are backed up by name, wherever one stands' {
        $root = (Get-Location).ProviderPath
        Set-Location ./data
        $set = Backup-PostryDatabase -Database shop
        $set.Database | Should -Be 'shop'
        $set.Source | Should -Be "$root/data/shop.db"
        $set.BackupFile | Should -BeLike "$root/backups/db/*"
    }

    It 'are backed up by pattern, and one that fails does not keep the others from it' {
        $sets = Backup-PostryDatabase -Database * -ErrorVariable problems -ErrorAction SilentlyContinue
        $sets.Database | Should -Be 'app', 'shop'
        $problems | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'SourceNotFound,*'
        "$($problems[0].TargetObject)" | Should -Be 'gone'
        (Backup-PostryDatabase -Database *p).Database | Should -Be 'app', 'shop'
        (Backup-PostryDatabase -Database s* -WhatIf).Database | Should -Be 'shop'
    }

    It 'are listed where the name is none of them' {
        { Backup-PostryDatabase -Database shpo } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage "*did you mean 'shop'*app, shop, gone*"
        { Backup-PostryDatabase -Database x* } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*app, shop, gone*'
        { Restore-PostryDatabase -Latest -Database shpo -Force } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage "*did you mean 'shop'*"
        { Backup-PostryDatabase } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*app, shop, gone*'
    }

    It 'give way to a path, whose backup still has the name that was given' {
        $set = Backup-PostryDatabase ./app.db -Database anything
        "$($set.Database) $(Split-Path -Leaf $set.Source)" | Should -Be 'anything app.db'
    }

    It 'are what is compared and restored by name, also from a backup chosen otherwise' {
        $set = Backup-PostryDatabase -Database shop
        $null = Backup-PostryDatabase -Database app
        $good = Get-State ./data/shop.db
        Invoke-Sql ./data/shop.db 'DELETE FROM posts WHERE id > 50'
        "$((Compare-PostryBackup -Latest -Database shop).Status)" | Should -Be 'Different'
        (Restore-PostryDatabase -Latest -Database shop -Force).Target | Should -BeLike '*/data/shop.db'
        Get-State ./data/shop.db | Should -Be $good
        Invoke-Sql ./data/shop.db 'DELETE FROM posts WHERE id > 50'
        $null = Restore-PostryDatabase -Id $set.Id -Database shop -Force
        Get-State ./data/shop.db | Should -Be $good
        Invoke-Sql ./data/shop.db 'DELETE FROM posts WHERE id > 50'
        $null = $set | Restore-PostryDatabase -Database shop -Force
        Get-State ./data/shop.db | Should -Be $good
        { $set | Test-PostryBackup -Database shop } | Should -Throw -ErrorId 'InvalidRequest,*'
    }

    It 'bring their commands around the swap, which a parameter replaces' -Skip:$IsWindows {
        $here = (Get-Location).ProviderPath
        Set-Content ./postry.json (@{ databases = @{ app = @{ path = 'app.db'; hooks = @{ beforeSwap = "echo entry > '$here/before.txt'"; afterSwap = "env > '$here/after.txt'" } }; shop = @{ urlVariable = 'SHOP_URL' } } } | ConvertTo-Json -Depth 5)
        $env:SHOP_URL = 'postgresql://scott:hunter2@nowhere.invalid/shop'
        $null = Backup-PostryDatabase -Database app
        $null = Restore-PostryDatabase -Latest -Database app -Force
        Get-Content ./before.txt | Should -Be 'entry'
        Get-Content -Raw ./after.txt | Should -Not -Match 'hunter2'
        $null = Restore-PostryDatabase -Latest -Database app -BeforeSwap "echo given > '$here/before.txt'" -Force
        Get-Content ./before.txt | Should -Be 'given'
        Remove-Item ./before.txt
        $null = Restore-PostryDatabase -Latest ./app.db -Force
        Test-Path ./before.txt | Should -BeFalse
        $env:SHOP_URL = $null
    }

    It 'are suggested while -Database is being typed' {
        $line = 'Backup-PostryDatabase -Database '
        (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText | Should -Be 'app', 'shop', 'gone'
        (TabExpansion2 -inputScript "${line}s" -cursorColumn ($line.Length + 1)).CompletionMatches.CompletionText | Should -Be 'shop'
    }
}

Describe 'The only database' {
    BeforeEach {
        Enter-Sandbox
        Set-Content ./postry.json '{ "databases": { "main": { "path": "app.db" } } }'
    }
    AfterEach { Exit-Sandbox }

    It 'is meant where nobody names one' {
        (Backup-PostryDatabase).Database | Should -Be 'main'
        "$((Compare-PostryBackup -Latest).Status)" | Should -Be 'Equal'
        "$((Restore-PostryDatabase -Latest -Force).Status)" | Should -Be 'Committed'
    }

    It 'gives way to DATABASE_URL, unless a mode or a name says otherwise' {
        Add-SampleDatabase ./other.db -Posts 7
        $env:DATABASE_URL = 'sqlite:///other.db'
        (Backup-PostryDatabase).Database | Should -Be 'other'
        (Backup-PostryDatabase -Database main).Database | Should -Be 'main'
        $env:DATABASE_URL = 'postgresql://scott:hunter2@nowhere.invalid/app'
        (Backup-PostryDatabase -Mode sqlite).Database | Should -Be 'main'
    }
}

Describe 'DATABASE_URL of a SQLite file' {
    BeforeEach { Enter-Sandbox }
    AfterEach { Exit-Sandbox }

    It 'is read as SQLAlchemy does: <_>' -ForEach 'sqlite:///app.db', 'sqlite+aiosqlite:///./app.db?check_same_thread=false', 'ABSOLUTE' {
        $env:DATABASE_URL = $_ -eq 'ABSOLUTE' ? "sqlite:///$((Get-Location).ProviderPath)/app.db" : $_
        (Backup-PostryDatabase).Database | Should -Be 'app'
        (Backup-PostryDatabase -DatabaseUrl $env:DATABASE_URL -Mode sqlite).Database | Should -Be 'app'
        "$((Restore-PostryDatabase -Latest -Force).Status)" | Should -Be 'Committed'
        { Backup-PostryDatabase -Schema app } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*-Schema can only be used with PostgreSQL, and DATABASE_URL names a SQLite file*'
    }

    It 'is relative to the repo root' {
        $null = New-Item -ItemType Directory ./below
        $env:DATABASE_URL = 'sqlite:///app.db'
        $env:BACKUP_REPO_ROOT = (Get-Location).ProviderPath
        Set-Location ./below
        (Backup-PostryDatabase).Database | Should -Be 'app'
    }
}
