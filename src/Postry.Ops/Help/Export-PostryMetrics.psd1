@{
    Synopsis    = 'Writes how well each database could be recovered as metrics for Prometheus.'
    Description = @(
        'Writes a file in the text format of Prometheus, which the textfile collector of its node exporter reads: the state of each database, the times of its last good backup, last proof and next restore drill, failures in a row, sizes, the disk, and the objectives of postry.json beside the values. The file is replaced as a whole or not at all.'
        'The values are those of Get-PostryRecoveryStatus. Only runs that ended count. A value that is not known has no series, and the state of its objective is unknown. docs/monitoring.md lists every series, and has alerting rules and a dashboard.'
    )
    Inputs      = 'None'
    Outputs     = 'None, or Postry.Ops.Engine.Model.MetricSample with -PassThru'
    Parameters  = @{
        Path     = 'The file to write, taken as written. The node exporter reads files that end in .prom.'
        Database = 'Writes only the databases with this logical name. * and ? are wildcards.'
        PassThru = 'Emits the metrics as objects, too.'
    }
    Examples    = @(
        @{ Code = 'Export-PostryMetrics -Path ./postry.prom'; Text = 'Writes the metrics of every database.' }
        @{ Code = 'Export-PostryMetrics ./postry.prom -PassThru | Where-Object Name -EQ postry_recovery_state'; Text = 'Writes them, and shows the states.' }
    )
    Related     = 'Get-PostryRecoveryStatus', 'Invoke-PostryRestoreDrill', 'about_Postry.Ops'
}
