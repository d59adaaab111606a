# Dot-sourced by the tests that need a PostgreSQL server: one of their own on a private port and socket, as an unprivileged user under root.

# The folder with the newest server programs; nothing where there are none.
function Find-ServerProgram {
    $folders = @($env:POSTRY_TEST_PG -split [System.IO.Path]::PathSeparator | Select-Object -First 1) + @($env:POSTRY_PG_BIN) + @((Get-Command initdb -CommandType Application -ErrorAction Ignore).Source | Where-Object { $_ } | Split-Path -Parent) +
        @(Get-Item /usr/lib/postgresql/*/bin, /usr/pgsql-*/bin -ErrorAction Ignore | Sort-Object { [int]($_.FullName -replace '\D') } -Descending | ForEach-Object FullName)
    $folders | Where-Object { $_ -and (Test-Path (Join-Path $_ initdb)) -and (Test-Path (Join-Path $_ pg_dump)) } | Select-Object -First 1
}

# Runs a program of the server as its user. What it prints is only shown where it fails.
function Invoke-AsServer {
    param([string] $Program, [string[]] $Arguments)

    $command = @(if ($script:PgUser) { 'setpriv', "--reuid=$script:PgUser", "--regid=$script:PgUser", '--clear-groups', '--' }) + (Join-Path $script:PgBin $Program) + $Arguments
    $log = & $command[0] $command[1..($command.Count - 1)] 2>&1
    if ($LASTEXITCODE -ne 0) { throw "$Program failed: $($log -join "`n")" }
}

# Starts the server, on any free port unless one is named, and makes the template of every test's database.
function Open-TestServer {
    param([int] $Port = 0)

    $script:PgBin = Find-ServerProgram
    $own = id -u postgres 2>$null
    $script:PgUser = if ((id -u) -eq '0') { if ($own) { 'postgres' } else { 'nobody' } }
    # The path of a socket has little room, and others than root must get there.
    $script:PgFolder = "$([System.IO.Path]::GetTempPath().TrimEnd('/'))/postry-pester-$([guid]::NewGuid().ToString('n').Substring(0, 8))"
    $null = New-Item -ItemType Directory $script:PgFolder
    if ($script:PgUser) { chown "$($script:PgUser):" $script:PgFolder }
    $listener = [System.Net.Sockets.TcpListener]::new([ipaddress]::Loopback, $Port)
    $listener.Start()
    $script:PgPort = $listener.LocalEndpoint.Port
    $listener.Stop()

    $data = "$script:PgFolder/data"
    Invoke-AsServer initdb '-D', $data, '-U', 'postgres', '-E', 'UTF8', '--locale', 'C.UTF-8', '--no-sync', '--auth', 'trust'
    Set-Content "$data/pg_hba.conf" "local all postgres trust`nhost all all 127.0.0.1/32 scram-sha-256"
    Invoke-AsServer pg_ctl '-D', $data, '-w', '-l', "$script:PgFolder/log", '-o',
    "-c port=$script:PgPort -c listen_addresses=127.0.0.1 -c unix_socket_directories=$script:PgFolder -c fsync=off -c shared_buffers=32MB", 'start'

    # With everything that a URL, a shell or a parser could stumble over.
    $script:PgPassword = 'p@ss/w:rd%20 "s3cret''#?'
    $literal = $script:PgPassword.Replace("'", "''")
    Invoke-Psql postgres "CREATE ROLE app LOGIN CREATEDB PASSWORD '$literal'; CREATE ROLE tenant LOGIN PASSWORD '$literal'; CREATE DATABASE sample OWNER app"
    Invoke-Psql sample @'
SET ROLE app;
CREATE SCHEMA shop;
GRANT USAGE ON SCHEMA shop TO tenant;
CREATE TABLE users(id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE posts(id int PRIMARY KEY, user_id int REFERENCES users, email text, status text, archetype bytea);
CREATE TABLE shop.orders(id int PRIMARY KEY, total numeric(10, 2));
CREATE TABLE alembic_version(version_num varchar(32) PRIMARY KEY);
CREATE VIEW published AS SELECT * FROM posts WHERE status = 'published';
INSERT INTO alembic_version VALUES ('3f2a');
INSERT INTO users(name) VALUES ('Ada'), ('Grace');
INSERT INTO posts SELECT i, i % 2 + 1, 'user' || i || '@example.org', 'published', decode(md5(i::text), 'hex') FROM generate_series(1, 200) i;
INSERT INTO shop.orders SELECT i, i * 1.5 FROM generate_series(1, 30) i;
'@
}

function Close-TestServer {
    if (-not $script:PgFolder) { return }
    try { Invoke-AsServer pg_ctl '-D', "$script:PgFolder/data", '-m', 'immediate', 'stop' } finally { Remove-Item -Recurse -Force $script:PgFolder }
}

# Runs SQL as the server's superuser over its socket, where nobody needs a password, and returns its rows, columns joined by "|".
function Invoke-Psql {
    param([string] $Database, [string] $Sql)

    $rows = $Sql | & (Join-Path $script:PgBin psql) -X -q -A -t -v ON_ERROR_STOP=1 -h $script:PgFolder -p $script:PgPort -U postgres -d $Database 2>&1
    if ($LASTEXITCODE -ne 0) { throw "psql failed: $($rows -join "`n")" }
    if ($rows) { $rows -join "`n" }
}

# The address of a database on the server.
function Get-Url {
    param([string] $Database = 'app', [string] $User = 'app', [switch] $NoPassword)

    $password = if (-not $NoPassword) { ":$([uri]::EscapeDataString($script:PgPassword))" }
    "postgresql://$User$password@127.0.0.1:$script:PgPort/$Database"
}

function Get-TestCredential {
    param([string] $Role = 'app', [string] $Secret = $script:PgPassword)

    $secure = [securestring]::new()
    $Secret.ToCharArray() | ForEach-Object { $secure.AppendChar($_) }
    [pscredential]::new($Role, $secure)
}

# A sandbox with a fresh copy of the sample as the database app.
function Enter-PostgresSandbox {
    Enter-Sandbox
    foreach ($name in (Invoke-Psql postgres "SELECT datname FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1', 'sample')") -split "`n" | Where-Object { $_ }) {
        # A kept copy has no way in, and a database that is dropped ends its sessions.
        Invoke-Psql postgres "DROP DATABASE `"$name`" WITH (FORCE)"
    }
    Invoke-Psql postgres 'CREATE DATABASE app OWNER app TEMPLATE sample'
}

# What a person sees in the database.
function Get-PgState {
    param([string] $Database = 'app')

    Invoke-Psql $Database "SELECT (SELECT count(*) || ':' || coalesce(sum(id), 0) FROM posts), (SELECT string_agg(name, ',' ORDER BY id) FROM users), (SELECT sum(total) FROM shop.orders)"
}

# Names of databases and schemas that a restore makes beside the live ones.
function Get-Beside {
    $databases = Invoke-Psql postgres "SELECT datname FROM pg_database WHERE datname LIKE 'postry%' ORDER BY 1"
    $schemas = Invoke-Psql app "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'postry%' ORDER BY 1"
    @($databases -split "`n") + @($schemas -split "`n") | Where-Object { $_ }
}

# A folder of programs that note their arguments, and the names of their variables, before they become the real ones.
function Add-WatchedProgram {
    $folder = "$script:PgFolder/watched"
    $null = New-Item -ItemType Directory -Force $folder
    foreach ($program in Get-ChildItem $script:PgBin) {
        Set-Content "$folder/$($program.Name)" "#!/bin/sh`n{ echo `"`$0 `$*`"; env | cut -d= -f1 | sed 's/^/  /'; } >> $script:PgFolder/watched.log`nexec $($program.FullName) `"`$@`""
        chmod 755 "$folder/$($program.Name)"
    }
    Set-Content "$script:PgFolder/watched.log" ''
    chmod 666 "$script:PgFolder/watched.log"
    $folder
}
