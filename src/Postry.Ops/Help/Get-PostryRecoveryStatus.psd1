@{
    Synopsis    = 'Reports how well each database could be recovered now.'
    Description = @(
        'Returns one object for each database of postry.json, and for each that has backups: its last good backup, its last proof, the recovery point (RPO) and recovery time (RTO) against the objectives of postry.json, the next restore drill, failed backups in a row, the size, the disk, and restores that wait for a decision. The Status is Healthy, Warning or Critical; Reasons says why, in the order in which to act, each with the next step.'
        'A value that cannot be known, for example because the integrity key is missing or a clock was set back, is Unknown and never Healthy. Nothing is asked of the databases, so the command also works while they are down. docs/status.md says what every value means and how to connect the command to Nagios, Icinga, Zabbix or cron.'
    )
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Model.RecoveryStatus, or System.Boolean with -Quiet'
    Parameters  = @{
        Database = 'Reports only on the databases with this logical name. * and ? are wildcards.'
        Quiet    = 'Emits true if every database is Healthy, and false otherwise, instead of the statuses.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryRecoveryStatus'; Text = 'Reports on every database.' }
        @{ Code = '(Get-PostryRecoveryStatus -Database app).Reasons'; Text = 'Lists what is not in order with one database, the most urgent first, with what to do.' }
        @{ Code = "Get-PostryRecoveryStatus | Where-Object Status -EQ Critical | Select-Object -ExpandProperty Database"; Text = 'Lists the databases that need action now.' }
        @{ Code = 'Get-PostryRecoveryStatus | ConvertTo-PostryJson'; Text = 'Writes the statuses as JSON, as the console does.' }
    )
    Related     = 'Get-PostryBackup', 'Test-PostryBackup', 'Invoke-PostryRestoreDrill', 'about_Postry.Ops'
}
