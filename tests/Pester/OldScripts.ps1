# Dot-sourced by the tests about backups of the old scripts, and about the page that tells an operator how to come from them.

$script:MigrationPage = Join-Path (Split-Path -Parent (Split-Path -Parent $PSScriptRoot)) 'docs/migrating-from-scripts.md'

# Writes the metadata of an old backup beside it: what sha256sum and openssl say of it.
function Add-LegacyMetadata {
    param([string] $Path, [string] $Mode, [string] $Key = $script:TestKey)

    $name = Split-Path -Leaf $Path
    $sha256 = ((sha256sum $Path) -split ' ')[0].ToUpperInvariant()
    $size = (Get-Item -LiteralPath $Path).Length
    Set-Content -NoNewline -LiteralPath ./signed.txt -Value "$sha256|$size|$Mode|$name"
    $hmac = ((openssl dgst -sha256 -hmac $Key -hex ./signed.txt) -split ' ')[-1].ToUpperInvariant()
    Remove-Item ./signed.txt
    @{
        # What is not signed is wrong on purpose.
        generated_at_utc = '2031-01-01T00:00:00Z'; mode = $Mode; backup_file = $name; backup_path = "/old/$name"
        size_bytes = $size; sha256 = $sha256; hmac_sha256 = $hmac
    } | ConvertTo-Json | Set-Content -LiteralPath "$Path.meta.json"
}

# Every row of the page's table that has a command for PowerShell: how the old scripts were called, and the commands.
function Get-MigrationRow {
    foreach ($line in Get-Content -LiteralPath $script:MigrationPage | Where-Object { $_ -like '| *' }) {
        $cells = $line.Trim('|', ' ') -split ' \| '
        $commands = [regex]::Matches("$($cells[1])", '`([A-Z][a-z]+-Postry[^`]+)`') | ForEach-Object { $_.Groups[1].Value }
        if ($cells.Count -eq 3 -and $commands) { @{ Old = $cells[0]; Commands = @($commands) } }
    }
}

# True where a command means the database of DATABASE_URL.
function Test-ServerCommand {
    param([string] $Command)

    $Command -match '^(Backup|Restore)-PostryDatabase' -and $Command -notmatch '\.db|-Path |Backup-PostryDatabase B '
}

# The blocks of the page in a language.
function Get-MigrationBlock {
    param([string] $Language, [string] $Marker = '')

    [regex]::Matches((Get-Content -Raw -LiteralPath $script:MigrationPage), "(?ms)^``````$Language\n(.*?)^``````") |
        ForEach-Object { $_.Groups[1].Value } | Where-Object { $_.Contains($Marker) }
}

# Names of this folder in the place of the letters that the table has for them.
function Get-Filled {
    param([string] $Command, [hashtable] $Names)

    foreach ($letter in $Names.Keys) { $Command = $Command -creplace "(?<![\w-])$letter(?![\w-])", $Names[$letter].Replace('$', '$$') }
    $Command
}

# A sandbox as an operator has it who has used the old scripts for some time.
function Enter-OperatorFolder {
    Enter-Sandbox
    Remove-Item ./app.db
    $null = New-Item -ItemType Directory -Force ./backend, ./data, ./elsewhere/backend, ./backups/db, ./backups/runtime, ./home, ./bin
    Add-SampleDatabase ./backend/horoscope.db
    foreach ($name in './backend/.env', './docker-compose.yml', './backend/alembic.ini', './elsewhere/backend/.env') {
        Write-Text $name "FROM=$name`n"
    }
    foreach ($copy in './data/app.db', './elsewhere/backend/horoscope.db', './backend/horoscope.db.pre-restore-20250401-100000.bak',
        './backups/db/sqlite-backup-20250314-092653.db') {
        Copy-Item ./backend/horoscope.db $copy
    }
    Add-LegacyMetadata ./backups/db/sqlite-backup-20250314-092653.db sqlite
    $zip = [System.IO.Compression.ZipFile]::Open("$PWD/backups/runtime/runtime-backup-20250314-092653.zip", 'Create')
    foreach ($name in 'backend/.env', 'docker-compose.yml', 'backend/alembic.ini') {
        $null = [System.IO.Compression.ZipFileExtensions]::CreateEntryFromFile($zip, "$PWD/$name", $name)
    }
    $zip.Dispose()
    Add-LegacyMetadata ./backups/runtime/runtime-backup-20250314-092653.zip runtime-assets
    $env:RESTORE_ALLOW_NONINTERACTIVE = '1'
}

# Rows are lost, and a deployment goes wrong.
function Edit-OperatorFolder {
    $null = Invoke-Sql ./backend/horoscope.db 'DELETE FROM posts WHERE id % 3 = 0'
    Write-Text ./backend/.env "FROM=a deployment that went wrong`n"
}

# What a person sees: the rows, and the env file.
function Get-OperatorState { "$(Get-State ./backend/horoscope.db); $(Get-Content -Raw ./backend/.env)" }
