# The forced command: judges key, path and service as Azure Repos does, then runs git.
use strict;
use warnings;

my ($state, $root, $mode) = @ARGV;
my $command = $ENV{SSH_ORIGINAL_COMMAND} // '';

sub slurp { open(my $file, '<', $_[0]) or return ''; local $/; return scalar <$file> // '' }
sub refuse { print STDERR map { "remote: $_\n" } @_; exit 1 }

my ($key) = slurp($ENV{SSH_USER_AUTH} // '') =~ /^publickey (\S+ \S+)/m;
$key //= '';
open(my $log, '>>', "$state/sessions");
print $log join("\t", $ENV{USER} // $ENV{LOGNAME} // '', $key, $command), "\n";
close $log;

my %standing = map { /^(\S+ \S+) (\S+)$/ ? ($1, $2) : () } split /\n/, slurp("$state/keys");
my $standing = $standing{$key} // 'unknown';
if ($standing eq 'expired') {
    refuse('Authentication failed: your SSH key has expired. To restore access, visit https://aka.ms/ado-ssh-public-key-expired for guidance.',
        'Public key authentication failed.');
}
refuse('Public key authentication failed.') if $standing eq 'unknown';
refuse('Shell access is not supported.') if $command eq '';

my ($service, $path) = $command =~ /^git[- ](upload-pack|receive-pack) '?(.*?)'?$/
    or refuse('Your Git command did not succeed.', 'Details:', "        unknown command");
$path =~ s/%([0-9a-fA-F]{2})/chr hex $1/ge;
$path =~ s{^/+}{};
utf8::decode($path);
$path = lc $path;
utf8::encode($path);
my @parts = split m{/}, $path;
@parts = grep { $_ ne '_full' && $_ ne '_optimized' } @parts;
my @names;
if (@parts == 4 && $parts[0] eq 'v3') {
    @names = @parts[1 .. 3];
} elsif (@parts >= 2 && $parts[-2] eq '_ssh') {
    my ($project) = grep { $_ ne 'defaultcollection' } @parts[0 .. $#parts - 2];
    @names = (lc($ENV{USER} // ''), $project // $parts[-1], $parts[-1]);
} elsif ($mode eq 'plain' && @parts == 4 && $parts[2] eq '_git') {
    @names = @parts[0, 1, 3];
}
my $folder = join '/', $root, @names;
my $asked = @parts ? $parts[-1] : '';
if (!@names || grep({ $_ eq '..' || $_ eq '' } @names) || !-e "$folder/HEAD") {
    refuse("TF401019: The Git repository with name or identifier $asked does not exist or you do not have permissions for the operation you are attempting.");
}
if ($service eq 'receive-pack' && $standing ne 'contributor') {
    refuse("TF401027: You need the Git 'GenericContribute' permission to perform this action. Details: identity 'Build\\7c1a2f4e', scope 'repository'.");
}
delete $ENV{GIT_PROTOCOL};
$ENV{GIT_CONFIG_GLOBAL} = '/dev/null';
$ENV{GIT_CONFIG_NOSYSTEM} = '1';
exec 'git', $service, $folder;
