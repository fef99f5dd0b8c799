//! A witness of logs, which may be those of others.

use clap::Subcommand;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Example:\n  ledgerd witness --dir ./witness --listen 0.0.0.0:8090 --log \
                  example.com/log42+faf97cfd+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
)]
pub(crate) struct WitnessArgs {
    #[command(subcommand)]
    pub(crate) action: Option<WitnessAction>,
    #[command(flatten)]
    pub(crate) serve: Option<ServeWitnessArgs>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WitnessAction {
    /// Make the key and the empty memory of a new witness, and print the vkey to hand to logs.
    #[command(after_help = "Example:\n  ledgerd witness init --dir ./witness --name witness.example/w1")]
    Init(InitWitnessArgs),
    /// Make a second key of a witness, of ML-DSA-44, which signs together with the first one after the next start. Prints its vkey.
    #[command(after_help = "Example:\n  ledgerd witness add-mldsa --dir ./witness")]
    AddMldsa {
        /// Directory that `ledgerd witness init` made.
        #[arg(long)]
        dir: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct InitWitnessArgs {
    /// Directory for the witness, which must be empty or not there yet.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// The witness's name, such as `witness.example/w1`. It can never be changed.
    #[arg(long)]
    pub(crate) name: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ServeWitnessArgs {
    /// Directory that `ledgerd witness init` made.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// Address and port to listen on, instead of the configured one. With port 0 a free port is taken and printed. Default:
    /// 127.0.0.1:8090.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// A log to witness, by its vkey, in addition to those of the configuration file. Repeat the option for several.
    #[arg(long = "log", value_name = "VKEY")]
    pub(crate) logs: Vec<String>,
    /// Configuration file of the witness (docs/witnessing.md). Without it every setting has its default.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}
