# Dot-sourced by every test file: the staged module, a sandbox with a sample database, and ways to run commands as others would.

. (Join-Path $PSScriptRoot 'Staged.ps1')
$script:StagedModule = $env:POSTRY_STAGED_MODULE

$script:TestKey = 'a test key that is long enough to be one'

if (-not ('PostryTests.Sqlite' -as [type])) {
    Add-Type -Path (Join-Path $PSScriptRoot 'Sqlite.cs'), (Join-Path $PSScriptRoot 'AnsweringHost.cs')
    [PostryTests.Sqlite]::Load((Split-Path -Parent $script:StagedModule))
}

Import-Module -Name $script:StagedModule

# Runs SQL and returns its rows, columns joined by "|".
function Invoke-Sql {
    param([string] $Path, [string] $Sql)

    [PostryTests.Sqlite]::Query($ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path), $Sql)
}

# Makes a database with users and posts, as an application would.
function Add-SampleDatabase {
    param([string] $Path = './app.db', [int] $Posts = 200)

    Invoke-Sql $Path @"
CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE posts(id INTEGER PRIMARY KEY, user_id INTEGER, email TEXT, status TEXT, archetype BLOB);
INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace');
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $Posts)
INSERT INTO posts SELECT i, i % 2 + 1, 'user' || i || '@example.org', 'published', randomblob(16) FROM n;
"@
}

# What a small deployment has beside its database, and git does not. The values of the env file are to occur in no output.
function Add-RuntimeFile {
    New-Item -ItemType Directory -Path ./scripts -Force | Out-Null
    Write-Text ./.env "# settings`nSECRET_KEY=hush-archived`nAPI_TOKEN=hush-same`nDATABASE_URL=sqlite:///hush-old.db`nMAINTENANCE_MODE=false`nOLD_FLAG=hush-gone`n"
    Write-Text ./docker-compose.yml "services:`n  app:`n    image: app:1`n"
    Write-Text ./scripts/deploy.sh "#!/bin/sh`necho deploying 1`n"
    if (-not $IsWindows) { & chmod 755 ./scripts/deploy.sh }
}

# What became of it since: another secret, a database that moved, maintenance, a new flag; a file changed, one gone, one added.
function Edit-RuntimeFile {
    Write-Text ./.env "# settings`nSECRET_KEY=hush-live`nAPI_TOKEN=hush-same`nDATABASE_URL=sqlite:///hush-new.db`nMAINTENANCE_MODE=true`nNEW_FLAG=hush-new`n"
    Write-Text ./scripts/deploy.sh "#!/bin/sh`necho deploying 2`n"
    Write-Text ./scripts/later.sh "#!/bin/sh`n"
    Remove-Item -LiteralPath ./docker-compose.yml
}

# Writes text as it is, without a byte order mark.
function Write-Text {
    param([string] $Path, [string] $Text)

    [System.IO.File]::WriteAllText($ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path), $Text)
}

# Every file of the current folder but those of the backup root and of SQLite, with the hash of its bytes.
function Get-RuntimeState {
    Get-ChildItem -Recurse -File -Force | Where-Object { $_.FullName -notlike "$((Get-Location).ProviderPath)/backups/*" -and $_.Name -notlike 'app.db*' } |
        Sort-Object FullName | ForEach-Object { "$(Resolve-Path -Relative -LiteralPath $_.FullName) $((Get-FileHash -LiteralPath $_.FullName).Hash) $($_.UnixMode)" }
}

# A fresh folder with a sample database and a key, as the current folder.
function Enter-Sandbox {
    $folder = New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))
    Push-Location -LiteralPath $folder.FullName
    $env:BACKUP_METADATA_HMAC_KEY = $script:TestKey
    foreach ($name in 'BACKUP_METADATA_HMAC_KEY_FILE', 'BACKUP_METADATA_HMAC_KEY_PREVIOUS', 'BACKUP_REPO_ROOT', 'RESTORE_ALLOW_NONINTERACTIVE',
        'DATABASE_URL', 'PGHOST', 'PGPORT', 'PGUSER', 'PGPASSWORD', 'PGDATABASE', 'PGPASSFILE', 'PGSERVICE', 'PGOPTIONS', 'PGSSLMODE') {
        Remove-Item -LiteralPath "Env:$name" -ErrorAction Ignore
    }
    Add-SampleDatabase
}

function Exit-Sandbox { Pop-Location }

# What a person sees in the database: the rows of posts, and who the users are.
function Get-State { param([string] $Path = './app.db') Invoke-Sql $Path "SELECT count(*), (SELECT group_concat(name) FROM users) FROM posts" }

# The program and first arguments that start this PowerShell once more. Of a dotnet tool the running process is dotnet itself, and of another
# host's runspace it may be any program: both have PowerShell's own assembly in $PSHOME.
function Get-PowerShellCommand {
    $program = (Get-Process -Id $PID).Path
    switch ([System.IO.Path]::GetFileNameWithoutExtension($program)) {
        'pwsh' { $program }
        'dotnet' { $program, (Join-Path $PSHOME 'pwsh.dll') }
        default { (Get-Command -Name dotnet -CommandType Application)[0].Path, (Join-Path $PSHOME 'pwsh.dll') }
    }
}

# Runs a script in another pwsh, with its standard input redirected, in the current folder.
function Invoke-Pwsh {
    param([string] $Script, [string] $InputText = '', [string[]] $Switches = @())

    $command = @(Get-PowerShellCommand)
    $start = [System.Diagnostics.ProcessStartInfo]::new($command[0])
    foreach ($argument in @($command | Select-Object -Skip 1) + @('-NoProfile') + $Switches + @('-Command', "Import-Module '$script:StagedModule'; $Script")) { $start.ArgumentList.Add($argument) }
    $start.WorkingDirectory = (Get-Location).ProviderPath
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $errors = $process.StandardError.ReadToEndAsync()
    $process.StandardInput.Write($InputText)
    $process.StandardInput.Close()
    $output = $process.StandardOutput.ReadToEnd()
    $process.WaitForExit()
    [pscustomobject]@{ ExitCode = $process.ExitCode; Output = $output.Trim(); Errors = $errors.Result.Trim() }
}

# Runs a script in a session whose host answers every question with one letter, and returns what it said and what it was asked.
function Invoke-WithHost {
    param([string] $Script, [string] $Answer = 'N')

    $answering = [PostryTests.AnsweringHost]::new($Answer)
    $runspace = [runspacefactory]::CreateRunspace($answering)
    $runspace.Open()
    $shell = [powershell]::Create($runspace)
    try {
        $setUp = "Set-Location -LiteralPath '$((Get-Location).ProviderPath)'; Import-Module '$script:StagedModule'"
        $null = $shell.AddScript($setUp).Invoke()
        $shell.Commands.Clear()
        $output = $null
        $failure = $null
        try { $output = $shell.AddScript($Script).Invoke() } catch { $failure = $_.Exception.InnerException.ErrorRecord }
        [pscustomobject]@{ Output = $output; Errors = @($shell.Streams.Error) + @($failure | Where-Object { $_ }); Questions = $answering.Questions; Text = $answering.Text }
    }
    finally {
        $shell.Dispose()
        $runspace.Dispose()
    }
}
