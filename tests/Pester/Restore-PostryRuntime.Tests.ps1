BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Restore-PostryRuntime' {
    BeforeEach {
        Enter-Sandbox
        Add-RuntimeFile
        $script:Alone = Backup-PostryRuntime -Label alone
        Start-Sleep -Milliseconds 20
        $script:Set = Backup-PostryDatabase ./app.db
        Edit-RuntimeFile
        $script:Edited = Get-RuntimeState
    }
    AfterEach { Exit-Sandbox }

    It 'brings the files back, leaves others alone, and keeps the live values of some keys' {
        $database = Get-State
        $record = Restore-PostryRuntime -Latest -Force
        "$($record.Status) $($record.Mode)" | Should -Be 'Committed Runtime'
        $record.Target | Should -Be (Get-Location).ProviderPath
        Get-Content ./scripts/deploy.sh | Should -Contain 'echo deploying 1'
        Get-Content ./docker-compose.yml | Should -Contain '    image: app:1'
        Test-Path ./scripts/later.sh | Should -BeTrue
        Get-Content ./.env | Should -Be '# settings', 'SECRET_KEY=hush-archived', 'API_TOKEN=hush-same', 'DATABASE_URL=sqlite:///hush-new.db', 'MAINTENANCE_MODE=true', 'OLD_FLAG=hush-gone'
        Get-State | Should -Be $database
        (Get-PostryRestore -RestoreId $record.RestoreId).Target | Should -Be $record.Target
    }

    It 'chooses by <Name>' -ForEach @(
        @{ Name = 'the id of a set of runtime files'; Script = { Restore-PostryRuntime -Id $Alone.Id -Force }; Expected = { $Alone.Id } }
        @{ Name = 'the id of a database''s set'; Script = { Restore-PostryRuntime -Id $Set.Id -Force }; Expected = { $Set.Id } }
        @{ Name = '-BackupFile'; Script = { Restore-PostryRuntime -BackupFile $Alone.BackupFile -Force }; Expected = { $Alone.Id } }
        @{ Name = '-Latest'; Script = { Restore-PostryRuntime -Latest -Force }; Expected = { $Set.Id } }
        @{ Name = '-Latest -Database'; Script = { Restore-PostryRuntime -Latest -Database $Alone.Database -Force }; Expected = { $Alone.Id } }
        @{ Name = '-Before'; Script = { Restore-PostryRuntime -Before $Alone.SnapshotAt.AddMilliseconds(1) -Force }; Expected = { $Alone.Id } }
        @{ Name = 'a set of runtime files in the pipeline'; Script = { Get-PostryBackup -Label alone | Restore-PostryRuntime -Force }; Expected = { $Alone.Id } }
        @{ Name = 'a database''s set in the pipeline'; Script = { Get-PostryBackup -Latest | Restore-PostryRuntime -Force }; Expected = { $Set.Id } }
    ) {
        (& $Script).BackupId | Should -Be (& $Expected)
        Get-Content ./scripts/deploy.sh | Should -Contain 'echo deploying 1'
    }

    It 'refuses several sets, none, and one without runtime files' {
        { Get-PostryBackup | Restore-PostryRuntime -Force } | Should -Throw -ErrorId 'AmbiguousBackup,*'
        { Get-PostryBackup -Database nosuch | Restore-PostryRuntime -Force } | Should -Throw -ErrorId 'SourceNotFound,*'
        $bare = Backup-PostryDatabase ./app.db -NoRuntime
        { $bare | Restore-PostryRuntime -Force } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*without runtime files*'
        { Restore-PostryRuntime -Id $bare.Id -Force } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*without runtime files*'
        { Restore-PostryRuntime -Id nosuchid -Force } | Should -Throw -ErrorId 'SourceNotFound,*'
        Get-RuntimeState | Should -Be $Edited
    }

    It 'completes the ids of sets that have runtime files, and of no other' {
        $bare = Backup-PostryDatabase ./app.db -NoRuntime
        $complete = { param($text) (TabExpansion2 $text $text.Length).CompletionMatches.CompletionText }
        & $complete 'Restore-PostryRuntime -Id ' | Should -Be $Set.Id, $Alone.Id
        & $complete 'Restore-PostryDatabase -Id ' | Should -Contain $bare.Id
    }

    It 'says where the files are, if a database''s file is named' {
        $caught = try { Restore-PostryRuntime -BackupFile $Set.BackupFile -Force } catch { $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $caught.ErrorDetails.RecommendedAction | Should -BeLike "*$($Set.Runtime.File)*"
    }

    It 'lists each file with -WhatIf, names keys and never values, and touches nothing' {
        $run = Invoke-WithHost 'Restore-PostryRuntime -Latest -WhatIf'
        $run.Errors | Should -BeNullOrEmpty
        $run.Output[0].PSTypeNames[0] | Should -Be 'Postry.Ops.Engine.Model.RestorePlan'
        $files = $run.Output[0].Runtime.Files
        ($files | ForEach-Object { "$($_.Path) $($_.Change)" }) | Should -Be '.env Changed', 'docker-compose.yml New', 'scripts Same', 'scripts/deploy.sh Changed'
        $files[0].KeysAdded | Should -Be 'OLD_FLAG'
        $files[0].KeysChanged | Should -Be 'SECRET_KEY'
        $files[0].KeysRemoved | Should -Be 'NEW_FLAG'
        $files[0].KeysKept | Should -Be 'DATABASE_URL', 'MAINTENANCE_MODE'
        $run.Text | Should -BeLike '*SECRET_KEY*'
        $shown = $run.Text + ($run.Output | Format-List | Out-String) + ($files | Out-String -Width 200) + ($run.Output | ConvertTo-Json -Depth 6)
        $shown | Should -Not -Match 'hush'
        $files | Out-String -Width 200 | Should -Match 'Changed +\.env +adds OLD_FLAG; changes SECRET_KEY; removes NEW_FLAG; keeps live DATABASE_URL, MAINTENANCE_MODE'
        Get-RuntimeState | Should -Be $Edited
        Get-PostryRestore | Should -BeNullOrEmpty
    }

    It 'needs consent, which nobody can give where nobody can be asked' {
        $run = Invoke-Pwsh 'try { Restore-PostryRuntime -Latest } catch { $_.FullyQualifiedErrorId }' -Switches '-NonInteractive'
        $run.Output | Should -Match '^ConfirmationRequired,'
        $asked = Invoke-WithHost 'Restore-PostryRuntime -Latest' -Answer N
        $asked.Questions[0] | Should -BeLike '*docker-compose.yml (new)*'
        $asked.Output | Should -BeNullOrEmpty
        Get-RuntimeState | Should -Be $Edited
        (Invoke-WithHost 'Restore-PostryRuntime -Latest' -Answer Y).Output.Count | Should -Be 1
        Get-RuntimeState | Should -Not -Be $Edited
    }

    It 'needs -AllowDifferentSource for another repo root, which -Force does not replace' {
        $other = (New-Item -ItemType Directory ./other).FullName
        { Restore-PostryRuntime -BackupFile $Alone.BackupFile -RepoRoot $other -BackupRoot ./backups -Force } | Should -Throw -ErrorId 'DifferentSource,*'
        Get-ChildItem -Force $other | Should -BeNullOrEmpty
        $null = Restore-PostryRuntime -BackupFile $Alone.BackupFile -RepoRoot $other -BackupRoot ./backups -Force -AllowDifferentSource
        Get-Content (Join-Path $other '.env') | Should -Contain 'DATABASE_URL=sqlite:///hush-old.db'
        (Get-ChildItem -Recurse -File -Force $other).Name | Sort-Object | Should -Be '.env', 'deploy.sh', 'docker-compose.yml'
    }

    It 'needs -AllowUnverified where the key was lost, and the record says so' {
        $env:BACKUP_METADATA_HMAC_KEY = $null
        { Restore-PostryRuntime -Id $Alone.Id -Force } | Should -Throw -ErrorId 'IntegrityKeyMissing,*'
        Get-RuntimeState | Should -Be $Edited
        (Restore-PostryRuntime -Id $Alone.Id -Force -AllowUnverified).Unverified | Should -BeTrue
    }

    It 'refuses an archive whose bytes were changed' {
        $bytes = [System.IO.File]::ReadAllBytes($Alone.BackupFile)
        $bytes[$bytes.Length / 2] = $bytes[$bytes.Length / 2] -bxor 1
        [System.IO.File]::WriteAllBytes($Alone.BackupFile, $bytes)
        { Restore-PostryRuntime -Id $Alone.Id -Force } | Should -Throw -ErrorId 'BackupCorrupt,*'
        Get-RuntimeState | Should -Be $Edited
    }

    It 'runs the commands around the swap, and undoes where the second fails' {
        $folder = (Get-Location).ProviderPath
        $null = Restore-PostryRuntime -Latest -BeforeSwap "echo stop > '$folder/stopped.txt'" -AfterSwap "echo start > '$folder/started.txt'" -Force
        Test-Path ./stopped.txt | Should -BeTrue
        Test-Path ./started.txt | Should -BeTrue
        Remove-Item ./stopped.txt, ./started.txt
        Edit-RuntimeFile
        $before = Get-RuntimeState
        { Restore-PostryRuntime -Latest -AfterSwap 'exit 3' -Force } | Should -Throw -ErrorId 'RestoreUndone,*'
        Get-RuntimeState | Should -Be $before
    }

    It 'is undone by <Name>, and only the files are' -ForEach @(
        @{ Name = '-RestoreId'; Script = { Undo-PostryRestore -RestoreId $Record.RestoreId -Force } }
        @{ Name = '-Latest'; Script = { Undo-PostryRestore -Latest -Force } }
        @{ Name = '-Latest -Path, the repo root'; Script = { Undo-PostryRestore -Latest -Path . -Force } }
        @{ Name = 'the pipeline'; Script = { $Record | Undo-PostryRestore -Force } }
    ) {
        $script:Record = Restore-PostryRuntime -Latest -Force
        Get-RuntimeState | Should -Not -Be $Edited
        $database = Get-State
        "$((& $Script).Status)" | Should -Be 'Undone'
        Get-RuntimeState | Should -Be $Edited
        Get-State | Should -Be $database
    }

    It 'is not mixed up with restores of the database' {
        $restored = Restore-PostryDatabase -Id $Set.Id -Path ./app.db -Force
        $record = Restore-PostryRuntime -Latest -Force
        (Undo-PostryRestore -Latest -Path ./app.db -WhatIf).Restore.RestoreId | Should -Be $restored.RestoreId
        (Undo-PostryRestore -Latest -Path . -WhatIf).Restore.RestoreId | Should -Be $record.RestoreId
        (Undo-PostryRestore -Latest -WhatIf).Restore.RestoreId | Should -Be $record.RestoreId
        (Get-PostryRestore -Path .).RestoreId | Should -Be $record.RestoreId
        (Get-PostryRestore -Path ./app.db).RestoreId | Should -Be $restored.RestoreId
        (Get-PostryPreviousCopy .).Path | Should -Be $record.PreviousCopy
        (Get-PostryPreviousCopy ./app.db).Path | Should -Be $restored.PreviousCopy
        { Complete-PostryRestore -RestoreId $record.RestoreId } | Should -Throw -ErrorId 'InvalidRequest,*'
    }

    It 'keeps what it replaced where only its owner can read it, until that is removed' {
        $record = Restore-PostryRuntime -Latest -Force
        $record.PreviousCopy | Should -BeLike (Join-Path (Get-Location).ProviderPath 'backups/restores/*')
        Get-Content (Join-Path $record.PreviousCopy '.env') | Should -Contain 'SECRET_KEY=hush-live'
        (Get-PostryPreviousCopy | Remove-PostryPreviousCopy -Force).Removed | Should -BeTrue
        Test-Path $record.PreviousCopy | Should -BeFalse
        { $record | Undo-PostryRestore -Force -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*'
        Get-RuntimeState | Should -Not -Be $Edited
    }

    It 'takes an archive of the old scripts, which does not tell where it is from' {
        $file = Join-Path (Get-Location).ProviderPath 'backups/runtime/runtime-backup-20250314-092653.zip'
        $zip = [System.IO.Compression.ZipFile]::Open($file, 'Create')
        foreach ($entry in @{ '.env' = 'SECRET_KEY=hush-oldest'; 'scripts\deploy.sh' = 'echo deploying 0' }.GetEnumerator()) {
            $writer = [System.IO.StreamWriter]::new($zip.CreateEntry($entry.Key).Open())
            $writer.Write($entry.Value)
            $writer.Dispose()
        }
        $zip.Dispose()
        $sha256 = (Get-FileHash -LiteralPath $file).Hash
        $signed = "$sha256|$((Get-Item -LiteralPath $file).Length)|runtime-assets|$(Split-Path -Leaf $file)"
        $hmac = [Convert]::ToHexString([System.Security.Cryptography.HMACSHA256]::HashData([System.Text.Encoding]::UTF8.GetBytes($TestKey), [System.Text.Encoding]::UTF8.GetBytes($signed)))
        @{ generated_at_utc = '2025-03-14T09:26:53Z'; mode = 'runtime-assets'; backup_file = (Split-Path -Leaf $file); backup_path = $file; size_bytes = (Get-Item -LiteralPath $file).Length; sha256 = $sha256; hmac_sha256 = $hmac } |
            ConvertTo-Json | Set-Content -LiteralPath "$file.meta.json"

        Get-PostryBackup -Database legacy-runtime | Format-Table | Out-String -Width 120 | Should -Match ' \? Complete +\(old scripts\)'
        { Restore-PostryRuntime -BackupFile $file -Force } | Should -Throw -ErrorId 'DifferentSource,*' -ExpectedMessage '*did not record the repo root that the backup comes from*'
        Get-RuntimeState | Should -Be $Edited
        (Restore-PostryRuntime -Latest -WhatIf).Backup.Id | Should -Be $Set.Id
        $record = Get-PostryBackup -Database legacy-runtime | Restore-PostryRuntime -AllowDifferentSource -Force
        Get-Content ./scripts/deploy.sh | Should -Be 'echo deploying 0'
        Get-Content ./.env | Should -Contain 'SECRET_KEY=hush-oldest'
        $null = $record | Undo-PostryRestore -Force
        Get-RuntimeState | Should -Be $Edited
    }

    It 'shows plans and records that a person can read' {
        $plan = Restore-PostryRuntime -Latest -WhatIf
        $text = $plan | Out-String -Width 200
        $text | Should -Match 'Runtime +: 2 changed, 1 new, 0 the same'
        $text | Should -Not -Match 'TargetSize|Comparison'
        $record = Restore-PostryRuntime -Latest -Force
        $record | Out-String -Width 200 | Should -Match 'Committed +3 files '
        $record.Runtime | Out-String -Width 200 | Should -Match 'Files +: 2 changed, 1 new, 0 the same: \.env'
        $undo = $record | Undo-PostryRestore -WhatIf | Out-String -Width 200
        $undo | Should -Match 'Runtime +: 3 files come back'
        $undo | Should -Not -Match 'WrittenSince'
        (Restore-PostryRuntime -Latest -WhatIf | Out-String) + ($record | Format-List | Out-String) | Should -Not -Match 'hush'
        Write-Text ./scripts/deploy.sh 'echo deploying 3'
        Restore-PostryRuntime -Latest -Force | Undo-PostryRestore -WhatIf | Out-String -Width 200 | Should -Match 'Runtime +: 1 file comes back'
    }
}

Describe 'The recovery set' {
    BeforeEach {
        Enter-Sandbox
        Add-RuntimeFile
        $script:Good = Get-State
        $script:Set = Backup-PostryDatabase ./app.db
        Invoke-Sql ./app.db "DELETE FROM posts WHERE id > 50; UPDATE users SET name = 'Eve' WHERE id = 2"
        $script:Bad = Get-State
        Edit-RuntimeFile
        $script:Edited = Get-RuntimeState
    }
    AfterEach { Exit-Sandbox }

    It 'comes back as one with -WithRuntime, and Undo puts both back' {
        $record = Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime -Force
        "$($record.Status) $($record.Mode)" | Should -Be 'Committed Sqlite'
        Get-State | Should -Be $Good
        Get-Content ./.env | Should -Be '# settings', 'SECRET_KEY=hush-archived', 'API_TOKEN=hush-same', 'DATABASE_URL=sqlite:///hush-new.db', 'MAINTENANCE_MODE=true', 'OLD_FLAG=hush-gone'
        Get-Content ./docker-compose.yml | Should -Contain '    image: app:1'
        Get-Content ./scripts/deploy.sh | Should -Contain 'echo deploying 1'
        if (-not $IsWindows) { (Get-Item ./scripts/deploy.sh).UnixMode | Should -Be '-rwxr-xr-x' }
        $record | Out-String -Width 200 | Should -Match 'Committed +3 .*app\.db'

        $undone = Undo-PostryRestore -Latest -Path ./app.db -Force
        "$($undone.Status)" | Should -Be 'Undone'
        Get-State | Should -Be $Bad
        Get-RuntimeState | Should -Be $Edited
    }

    It 'leaves the runtime files alone unless asked, and the plan says so' {
        $plan = Restore-PostryDatabase -Latest -Path ./app.db -WhatIf
        $plan.Runtime | Should -BeNullOrEmpty
        "$($plan.Notes)" | Should -BeLike '*-WithRuntime*'
        (Restore-PostryDatabase -Latest -Path ./app.db -Force).Runtime | Should -BeNullOrEmpty
        Get-State | Should -Be $Good
        Get-RuntimeState | Should -Be $Edited
    }

    It 'names every file and key before it asks, no value, and touches nothing without consent' {
        $asked = Invoke-WithHost 'Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime' -Answer N
        $asked.Questions[0] | Should -BeLike '*.env (changed: adds OLD_FLAG; changes SECRET_KEY; removes NEW_FLAG; keeps live DATABASE_URL, MAINTENANCE_MODE)*docker-compose.yml (new)*scripts/deploy.sh (changed)*'
        "$($asked.Questions) $($asked.Text)" | Should -Not -Match 'hush'
        $plan = Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime -WhatIf
        $plan | Out-String -Width 200 | Should -Match 'Runtime +: 2 changed, 1 new, 0 the same'
        Get-State | Should -Be $Bad
        Get-RuntimeState | Should -Be $Edited
        Get-PostryRestore | Should -BeNullOrEmpty
    }

    It 'lets no value of an env file out: not in verbose text, records, manifests, nor in the database''s evidence' {
        $run = Invoke-Pwsh '$r = Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime -Force -Verbose 4>&1; $r | Out-String; $r | Format-List * | Out-String; Get-PostryRestore | ConvertTo-Json -Depth 8; Undo-PostryRestore -Latest -Force -Verbose 4>&1 | Format-List * | Out-String'
        $run.ExitCode | Should -Be 0 -Because $run.Errors
        $run.Output | Should -Match 'SECRET_KEY'
        $run.Output + $run.Errors | Should -Not -Match 'hush'
        # The archive and the folders of kept files are meant to hold them; nothing else is.
        Get-ChildItem -Recurse -File -Force ./backups -Include *.json | Should -Not -BeNullOrEmpty
        Get-ChildItem -Recurse -File -Force ./backups -Include *.json | Select-String -Pattern hush | Should -BeNullOrEmpty
    }

    It 'has no runtime files to restore where it was made with -NoRuntime' {
        $bare = Backup-PostryDatabase ./app.db -NoRuntime
        { Restore-PostryDatabase -Id $bare.Id -Path ./app.db -WithRuntime -Force } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*without runtime files*'
        Get-State | Should -Be $Bad
    }

    It 'takes the runtime files of another archive with -RuntimeBackupFile' {
        $newer = Backup-PostryRuntime
        Write-Text ./scripts/deploy.sh 'broken'
        $record = Restore-PostryDatabase -Id $Set.Id -Path ./app.db -RuntimeBackupFile $newer.BackupFile -Force
        $record.Runtime.BackupFile | Should -Be $newer.BackupFile
        Get-State | Should -Be $Good
        Get-RuntimeState | Should -Be $Edited
    }

    It 'refuses an archive that was exchanged for another one' {
        $newer = Backup-PostryRuntime
        Copy-Item -LiteralPath $newer.BackupFile $Set.Runtime.File
        Copy-Item -LiteralPath $newer.ManifestFile "$($Set.Runtime.File).manifest.json"
        { Restore-PostryDatabase -Id $Set.Id -Path ./app.db -WithRuntime -Force } | Should -Throw
        Get-State | Should -Be $Bad
        Get-RuntimeState | Should -Be $Edited
        # The database itself is as good as it was.
        (Restore-PostryDatabase -Id $Set.Id -Path ./app.db -Force).BackupId | Should -Be $Set.Id
        Get-State | Should -Be $Good
    }

    It 'undoes both where the command after the swap fails' {
        { Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime -AfterSwap 'exit 3' -Force } | Should -Throw -ErrorId 'RestoreUndone,*'
        Get-State | Should -Be $Bad
        Get-RuntimeState | Should -Be $Edited
    }

    It 'takes from postry.json which other keys keep their live values' {
        Write-Text ./postry.json '{ "runtime": { "keepOnRestore": ["SECRET_KEY"] } }'
        $null = Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime -Force
        Get-Content ./.env | Should -Contain 'SECRET_KEY=hush-live'
        Get-Content ./.env | Should -Contain 'MAINTENANCE_MODE=true'
        Get-Content ./.env | Should -Contain 'OLD_FLAG=hush-gone'
    }

    It 'is whole again after the copies of both were removed together' {
        $record = Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime -Force
        @(Get-PostryPreviousCopy) | Should -HaveCount 1
        $null = Remove-PostryPreviousCopy -OlderThan 0s -Force
        Test-Path -LiteralPath $record.PreviousCopy | Should -BeFalse
        Test-Path -LiteralPath $record.Runtime.KeptFolder | Should -BeFalse
        Get-PostryPreviousCopy | Should -BeNullOrEmpty
    }

    It 'is stopped without a trace' {
        New-Item -ItemType Directory ./scripts/big | Out-Null
        $random = [byte[]]::new(60MB)
        [System.Random]::new(1).NextBytes($random)
        [System.IO.File]::WriteAllBytes((Join-Path (Get-Location).ProviderPath 'scripts/big/blob'), $random)
        $set = Backup-PostryDatabase ./app.db -WarningAction SilentlyContinue
        [System.IO.File]::WriteAllBytes((Join-Path (Get-Location).ProviderPath 'scripts/big/blob'), [byte[]]::new(10))
        $before = Get-RuntimeState
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Set-Location -LiteralPath '$((Get-Location).ProviderPath)'; Import-Module '$script:StagedModule'; Restore-PostryDatabase -Id $($set.Id) -Path ./app.db -WithRuntime -SkipCompare -BeforeSwap `"touch '$((Get-Location).ProviderPath)/waiting'; sleep 20`" -Force")
        $running = $shell.BeginInvoke()
        try {
            $deadline = [datetime]::UtcNow.AddSeconds(30)
            while (-not (Test-Path ./waiting) -and [datetime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 20 }
            $running.IsCompleted | Should -BeFalse
            $shell.Stop()
        }
        finally {
            $shell.Dispose()
        }

        Remove-Item ./waiting
        Get-State | Should -Be $Bad
        Get-RuntimeState | Should -Be $before
        Get-PostryRestore | Where-Object Status -EQ Committed | Should -BeNullOrEmpty
    }
}
