using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace PostryTests
{
    /// <summary>A host with a person who answers every question with the same hot key, or presses only Enter ("Default").</summary>
    public sealed class AnsweringHost : PSHost
    {
        private readonly AnsweringUI _ui;

        public AnsweringHost(string answer) { _ui = new AnsweringUI(answer); }

        /// <summary>Caption and message of every question.</summary>
        public IList<string> Questions { get { return _ui.Questions; } }

        /// <summary>The text that was written to the screen outside the streams, for example by -WhatIf.</summary>
        public string Text { get { return string.Join("\n", _ui.Lines); } }

        public override CultureInfo CurrentCulture { get { return CultureInfo.InvariantCulture; } }
        public override CultureInfo CurrentUICulture { get { return CultureInfo.InvariantCulture; } }
        public override Guid InstanceId { get; } = Guid.NewGuid();
        public override string Name { get { return "Answering Host"; } }
        public override PSHostUserInterface UI { get { return _ui; } }
        public override Version Version { get { return new Version(1, 0); } }
        public override void EnterNestedPrompt() { }
        public override void ExitNestedPrompt() { }
        public override void NotifyBeginApplication() { }
        public override void NotifyEndApplication() { }
        public override void SetShouldExit(int exitCode) { }

        private sealed class AnsweringUI : PSHostUserInterface
        {
            private readonly string _answer;

            public AnsweringUI(string answer) { _answer = answer; }

            public List<string> Questions { get; } = new List<string>();

            public List<string> Lines { get; } = new List<string>();

            public override PSHostRawUserInterface RawUI { get { return null; } }

            public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
            {
                Questions.Add(caption + "\n" + message);
                if (_answer == "Default") return defaultChoice;
                return choices.ToList().FindIndex(c => c.Label.Contains("&" + _answer));
            }

            public override Dictionary<string, PSObject> Prompt(string caption, string message,
                Collection<FieldDescription> descriptions) { throw new NotSupportedException(); }
            public override PSCredential PromptForCredential(string caption, string message, string userName,
                string targetName) { throw new NotSupportedException(); }
            public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName,
                PSCredentialTypes types, PSCredentialUIOptions options) { throw new NotSupportedException(); }
            public override string ReadLine() { throw new NotSupportedException(); }
            public override SecureString ReadLineAsSecureString() { throw new NotSupportedException(); }
            public override void Write(string value) { Lines.Add(value); }
            public override void Write(ConsoleColor foreground, ConsoleColor background, string value) { Lines.Add(value); }
            public override void WriteDebugLine(string message) { }
            public override void WriteErrorLine(string value) { Lines.Add(value); }
            public override void WriteLine(string value) { Lines.Add(value); }
            public override void WriteProgress(long sourceId, ProgressRecord record) { }
            public override void WriteVerboseLine(string message) { }
            public override void WriteWarningLine(string message) { Lines.Add(message); }
        }
    }
}
