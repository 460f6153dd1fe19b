using OrleansShards.Client;

namespace OrleansShards.Samples.Application;

/// <summary>
/// Accounts that any number of applications may use at once, and transfers that take effect exactly once despite crashes. The
/// two keys of a transfer do not change together: between the two steps only the journal knows where the money is.
/// </summary>
public sealed class Bank
{
    private readonly IShardsClient _shards;
    private readonly IShardsSession _session;
    private readonly Journal _journal;
    private readonly Action _afterWithdrawal;

    /// <summary>Opens the bank; <paramref name="afterWithdrawal"/> is called in the middle of a transfer.</summary>
    public Bank(IShardsClient shards, Journal journal, Action afterWithdrawal)
    {
        _shards = shards;
        _journal = journal;
        _afterWithdrawal = afterWithdrawal;
        _session = shards.OpenSession("bank", journal.Read().Sequence);
    }

    /// <summary>Opens an account, if it is not there.</summary>
    public async Task OpenAsync(string owner, int balance)
    {
        switch (await _shards.GetAsync(owner))
        {
            case KeyResult.Found:
                return;
            case KeyResult.Absent:
                // If another application has opened it meanwhile, the key is present and nothing changes.
                (await _shards.CompareAndSetAsync(owner, balance, balance, createIfAbsent: true)).ThrowIfFailed();
                return;
            case KeyResult failure:
                failure.ThrowIfFailed();
                return;
        }
    }

    /// <summary>An account's balance.</summary>
    public async Task<int> BalanceAsync(string owner) =>
        (await _shards.GetAsync(owner)).ThrowIfFailed() is KeyResult.Found found
            ? found.ValueAs<int>()
            : throw new InvalidOperationException($"{owner} has no account");

    /// <summary>Finishes the transfer that an earlier run did not finish.</summary>
    /// <returns>That transfer; null where there was none.</returns>
    public async Task<Transfer?> RecoverAsync()
    {
        Transfer left = _journal.Read();
        return left.Step != TransferStep.Done && await FinishAsync(left) ? left : null;
    }

    /// <summary>Moves money.</summary>
    /// <returns>False where there is too little of it.</returns>
    public async Task<bool> TransferAsync(string from, string to, int amount) =>
        await FinishAsync(await NextAsync(new Transfer(from, to, amount, TransferStep.Withdraw, 0, 0)));

    private async Task<bool> FinishAsync(Transfer transfer)
    {
        while (transfer.Step != TransferStep.Done)
        {
            if (transfer.Step == TransferStep.Withdraw && transfer.Seen < transfer.Amount)
            {
                _journal.Keep(transfer with { Step = TransferStep.Done });
                return false;
            }

            transfer = await StepAsync(transfer);
        }

        return true;
    }

    /// <summary>Takes one step. A repetition under the same number returns the recorded outcome.</summary>
    private async Task<Transfer> StepAsync(Transfer transfer)
    {
        bool isWithdrawal = transfer.Step == TransferStep.Withdraw;
        string account = isWithdrawal ? transfer.From : transfer.To;
        int change = isWithdrawal ? -transfer.Amount : transfer.Amount;
        KeyResult result = await _session.CompareAndSetAsync(
            account, transfer.Seen, transfer.Seen + change, call: new CallOptions { Sequence = transfer.Sequence });
        switch (result)
        {
            case KeyResult.Applied when isWithdrawal:
                _afterWithdrawal();
                return await NextAsync(transfer with { Step = TransferStep.Deposit });
            case KeyResult.Applied:
                Transfer done = transfer with { Step = TransferStep.Done };
                _journal.Keep(done);
                return done;
            case KeyResult.Differs:
                // Another application changed the balance first. This step had no effect, so retry it under a new number.
                return await NextAsync(transfer);
            case KeyResult.NotApplied { MayHelpToRepeat: true } or KeyResult.Unknown:
                // A repetition under the same number returns the outcome or executes the step.
                return transfer;
            default:
                result.ThrowIfFailed();
                throw new InvalidOperationException($"{account} has no account");
        }
    }

    /// <summary>Reads the account of the next step and stores the step before it is taken.</summary>
    private async Task<Transfer> NextAsync(Transfer transfer)
    {
        string account = transfer.Step == TransferStep.Withdraw ? transfer.From : transfer.To;
        Transfer next = transfer with { Seen = await BalanceAsync(account), Sequence = _session.ReserveSequence() };
        _journal.Keep(next);
        return next;
    }
}
