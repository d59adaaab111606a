using Postry.Ops.Cli;

return (int)await CommandLine.RunAsync(args);
