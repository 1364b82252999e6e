import { Command } from 'commander';

await new Command('muster').parseAsync();
