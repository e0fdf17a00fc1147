### Everything that Deskbeat says to its users, in English: the source of every other language.
### Short: a tooltip holds 127 characters. In a sentence's place: what happened, what it means, what to do.

## How the session stands, in one sentence (tooltip, menu, window, `deskbeat status`)

starting = Starting: finding out about this computer and its queue.
waiting = Waiting for a session to start on this computer.
confirming = A session was found; confirming it with AWS.
active = Your session is active.
active-spot = AWS takes this computer back very soon. Save your work now.
# $left is one of the three below, $cause one of the troubles.
risk = Session at risk ({ $left }): { $cause }.
risk-seconds-left = { $seconds } s left
risk-minutes-left = { $minutes } min left
risk-run-out = its time with AWS has run out
risk-past-end = The session's time is up; asking AWS whether it goes on.
# $attention is a whole sentence.
risk-attention = Session at risk: { $attention }
risk-not-reached = Session at risk: AWS was not reached in time; trying.
soon = Your session is about to end. Save your work.
soon-remote = An administrator is ending your session. Save your work.
soon-idle = Nobody seems to be here: your session is about to end.
soon-disconnected = Nobody is connected: your session is about to end.
extending = Asking for more time…
extension-awaited = More time was asked for; waiting for the answer.
extension-overdue = No answer to your wish for more time. Save your work; ask your administrator.
ending = Ending your session: telling AWS. Please wait.
ending-stuck = Ending is not through yet: { $cause }.
closed = Session closed ({ $reason }).
closed-then-shutdown = Session closed ({ $reason }). This computer will shut down.
closed-then-logoff = Session closed ({ $reason }). You will be logged off.
closed-then-stopped = Session closed ({ $reason }). AWS will stop this computer.
ended-elsewhere = This session was ended from outside. Save your work: this computer may be stopped.
queue-unreadable = No session can start: the queue cannot be read: { $cause }.

## Why a session ended, in brackets after "Session closed"

reason-user = you ended it
reason-shutdown = the computer was shutting down
reason-logoff = you were logging off
reason-idle = nobody was using it
reason-disconnected = the remote connection was gone
reason-remote = an administrator ended it
reason-time-up = its time was up
reason-spot = AWS takes this computer back
reason-failure = a failure was reported

## Troubles, as the middle or the end of a sentence

trouble-throttled = AWS is too busy to answer
trouble-throttled-retry = AWS is too busy to answer; trying again
trouble-service = AWS has a problem
trouble-service-retry = AWS has a problem; trying again
trouble-credentials = AWS refuses this computer's credentials
trouble-credentials-retry = AWS refuses this computer's credentials; reading new ones
trouble-signature = AWS refuses the signature; check this computer's clock
trouble-access-denied = access denied; ask your administrator to check the role
trouble-kms = the encryption key refuses; ask your administrator
trouble-output = AWS refuses our answer; sending the shortest one
trouble-no-queue = the queue does not exist; ask your administrator
trouble-unreachable = AWS cannot be reached; check the network
trouble-over = the session was ended from outside
trouble-refused = the way to AWS is refused; ask your administrator for port 443
trouble-swallowed = a firewall may swallow calls to AWS; ask for a way to port 443
trouble-name = AWS's name cannot be looked up; check the network's DNS
trouble-proxy-sign-in = the proxy wants a sign-in (407); check HTTPS_PROXY
trouble-proxy = the proxy does not let AWS through; ask your administrator
trouble-certificate = an unknown certificate answers for AWS; set AWS_CA_BUNDLE
trouble-certificate-time = AWS's certificate is not valid by this clock; set the clock
trouble-page = a sign-in or block page answers for AWS; ask your administrator

## What somebody has to mend before a session can start

no-role = This computer has no IAM role. Ask your administrator to attach an instance profile.
role-refused = EC2 cannot use the role { $role } ({ $code }). Ask your administrator to check its trust policy.
key-expired = This computer is handed a key that expired. Check its clock and its role.
key-expired-at = This computer is handed a key that expired at { $at }. Check its clock and its role.
no-credentials = No AWS credentials in the environment, profiles or files ({ $why }). Sign in.
# $problem is one of the metadata service's below. SENTENCE makes its first letter a capital.
metadata-trouble = { SENTENCE($problem) }.
# $sentence is a whole one.
trying-again = { $sentence } Trying again.
unidentified = Cannot tell which computer this is: { SENTENCE($problem) }.
metadata-endpoint = the metadata endpoint { $endpoint } is not an http URL
metadata-unreachable = the metadata service cannot be reached ({ $why })
metadata-silent = the metadata service does not answer within { $limit }
metadata-off = the metadata service is switched off for this instance, or a proxy blocks it (403)
metadata-token = the metadata service refuses its own session token (401)
metadata-missing = the metadata service has no { $what } (404)
metadata-foreign = what answers at the metadata address is no IMDSv2 ({ $how }), perhaps a proxy
metadata-status = the metadata service answers { $status } for { $what }
metadata-unusable = the metadata service's answer for { $what } cannot be read ({ $why })
queue-tag = The tag { $tag } is not a queue URL. Ask your administrator to mend it.
queue-no-url = SQS gives no URL for queue { $queue }.
queue-missing = There is no queue { $queue }. Ask your administrator to create or configure it.
queue-access = The role may not look up queue { $queue }: it needs sqs:GetQueueUrl.
queue-signature = AWS refuses this computer's signature; check its clock.
queue-trouble = Cannot look up queue { $queue }: { $cause }.
other-user = This computer's session is another user's; Deskbeat waits for its end.
other-users = This computer's session is { $owner }'s; Deskbeat waits for its end.
startup-unfinished = This computer's start-up is not finished; your session begins when it is.
no-logon = Nobody of this user is logged on; Deskbeat waits for the logon.

## What is unwell on this computer: a subject and how it is, one after the other

# $what is what is unwell, put together from the texts below.
unwell = { SENTENCE($what) }. Tell your administrator.
unwell-ends = { SENTENCE($what) }. If this lasts, your session is ended: save your work.
unwell-one = { $subject } { $how }
unwell-and = { $first }; { $second }
subject-service = the service { $name }
subject-port = port { $port } of this computer
subject-process = the process { $name }
subject-file = the file { $path }
how-missing = does not exist
how-silent = does not answer
how-not-there = is not there
how-not-running = is not running
how-stopped = is stopped
how-paused = is paused
how-starting = is starting
how-stopping = is stopping
how-neither = is neither running nor stopped
how-unchanged = has not changed for { $seconds } s
# $state is a word of systemd's, such as "failed".
how-state = is { $state }

## Answers to what somebody asked for

done-asked-for-more = More time was asked for; the answer will come.
done-more-granted = More time was asked for, and granted.
done-closed = The session is closed; Step Functions confirmed it.
done-closed-already = The session is closed already.
done-countdown-off = The countdown is off; your session goes on.
done-trying-again = Telling Step Functions again.
done-going-anyway = Going on without waiting for AWS, which cleans up once heartbeats are missed.
refused-shutting-down = The computer is shutting down: the session is being closed.
refused-foreign-journal = The session in the journal is another computer's.
refused-over-already = The session was over already: Step Functions had ended it before.
refused-stopping = Deskbeat is stopping before Step Functions accepted the end.
refused-no-countdown = No countdown is running that could be called off.
refused-nothing-closing = Nothing is being closed.
# $outcome: a word of the workflow's.
refused-closing-otherwise = Too late: the session is already being closed with outcome { $outcome }.
refused-ended-elsewhere = Step Functions had ended the session already.
refused-awaits-more-time = More time was asked for, and its answer has not come yet.
refused-no-session = There is no session on this computer yet: no task token has come.
refused-remote-end = An administrator is ending this session.
refused-not-extendable = This session does not offer more time (its start message does not say "extendable": true).
refused-closing = The session is already being closed.
refused-asked-already = More time was asked for already; its answer has not come yet.
refused-no-session-to-extend = There is no session to extend.
refused-on-its-way = The close is on its way; please wait for its answer.
refused-no-after-end = No after-end action is configured.

## Asked at a terminal

ask-left = Your session has { $left } left, until { $until }.
ask-end = End the session? [y/N]
# Besides y and yes, in small letters, with spaces between.
ask-yes = y yes
ask-kept = Nothing was done; your session goes on.
# $sentence is a whole one.
ask-none = There is no session to end. { $sentence }
ask-request = { $sentence } (request { $id })
ask-nobody = nobody is there to confirm; use `deskbeat end --yes`
# In a terminal, behind "deskbeat: ": why no agent can be asked, or gives no answer.
agent-none = Deskbeat is not running (nothing answers at { $path }); start it with `deskbeat`
agent-others = the Deskbeat at { $path } is another user's; only that user can talk to it
agent-unreachable = cannot reach Deskbeat at { $path }: { $why }
agent-gone = Deskbeat has stopped before it answered
agent-silent = Deskbeat is running but did not answer within { $limit }; if that lasts, restart it
agent-refused = Deskbeat did not answer the question: { $why }
agent-not-understood = cannot understand Deskbeat's answer ({ $why }); is the agent that runs of another version?
agent-broken = the connection to Deskbeat broke: { $why }
agent-stopped = the agent has stopped
agent-stopped-early = the agent stopped before Step Functions had accepted it
agent-not-started = Deskbeat cannot be started: { $why }
no-window = no window can be shown here: { $why }
config-left-aside = That is left aside here; an agent that runs goes on with what it read before. Please tell your administrator.

## Times

# Two sentences, one after the other.
joined = { $first } { $second }
span-seconds = { $seconds } s
span-minutes-seconds = { $minutes } min { $seconds } s
span-minutes = { $minutes } min
span-hours = { $hours } h
span-hours-minutes = { $hours } h { $minutes } min
span-days = { $days } d
span-days-hours = { $days } d { $hours } h
heartbeats = { $count ->
    [one] { $count } heartbeat
   *[other] { $count } heartbeats
}
another-day = { $weekday } { $day } { $month } { $time }
weekday = { $number ->
    [1] Mon
    [2] Tue
    [3] Wed
    [4] Thu
    [5] Fri
    [6] Sat
   *[7] Sun
}
month = { $number ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
# $time is 5:30 and the like, on a clock of twelve hours.
half-day = { $half ->
    [am] { $time } AM
   *[pm] { $time } PM
}

## Tooltip and menu

time-left = { $left } left, until { $until }.
tooltip-session = Session: { $left }
window-left = AWS gives up in { $left }.
last-beat = Last heartbeat { $at }.
ends-by-itself = Ends by itself at { $at }.

## Notifications: a title, and what it means

notice-started = Your session has started
notice-ends-at = It ends at { $at } at the latest.
notice-no-end = It has no set end.
notice-risk = Your session is at risk
notice-risk-body = { SENTENCE($cause) }. If this lasts until { $at }, AWS ends the session: save your work.
notice-recovered = Your session is safe again
notice-recovered-body = AWS can be reached again; nothing was lost.
notice-time-left = { $minutes ->
    [one] { $minutes } minute left
   *[other] { $minutes } minutes left
}
notice-time-left-body = Your session ends at { $at }. Save your work.
notice-time-left-more = Your session ends at { $at }. Save your work. You can ask for more time.
notice-countdown = Your session ends at { $at }
notice-countdown-body = { $why }. Save your work.
notice-countdown-stay = { $why }. Save your work. Say if you are still here.
countdown = It ends
countdown-idle = Nobody seems to be using it
countdown-disconnected = The remote connection is gone
countdown-remote = An administrator is ending it
countdown-spot = AWS takes this computer back
countdown-time-up = Its time is up
notice-text = A message from your administrator
notice-unhealthy = This computer is not well
notice-stuck = Your session could not be closed yet
notice-stuck-body = { SENTENCE($cause) }. It goes on trying; you can also shut down anyway.
notice-closed = Your session is closed
notice-closed-body = AWS confirmed it ({ $reason }).
notice-extended = You have more time
notice-ended-elsewhere = Your session was ended from outside
notice-ended-elsewhere-body = Save your work: this computer may be stopped at any moment.
notice-stays-on = This computer stays on
notice-stays-on-body = { SENTENCE($why) }. AWS will stop it; you can disconnect.
notice-spot = AWS takes this computer back
notice-spot-at = It is stopped at { $at }. Save your work now.
notice-stopped-soon = It is stopped soon. Save your work now.
notice-rebalance = AWS may take this computer back
notice-rebalance-body = It may be stopped in the next while, with two minutes' notice. Save your work.
notice-maintenance = AWS will work on this computer
notice-maintenance-body = Maintenance begins soon. Save your work before.
notice-maintenance-at = Maintenance begins at { $at }. Save your work before.
notice-maintenance-words = Maintenance begins soon ({ $words }). Save your work before.
notice-maintenance-at-words = Maintenance begins at { $at } ({ $words }). Save your work before.
notice-scale-in = This computer is being taken out of service
notice-attention = Deskbeat needs attention
# Behind a balloon of Windows, which has no button: $offer is what a click on it does.
balloon-offer = Click here: { $offer }.

## Questions

dialog-end = Your session will be closed.
dialog-end-shutdown = Your session will be closed and this computer will shut down.
dialog-end-logoff = Your session will be closed and you will be logged off.
save-first = Save your work first.
dialog-end-left = You still have { $left } left.
dialog-stuck = AWS could not be told that your session ends: { $problem }. It goes on trying.
dialog-stuck-leave = If you do not wait, AWS cleans up after the computer by itself a little later.
cannot-start-title = Deskbeat cannot start
cannot-start = This computer's session is not kept alive and may end at any time. Please tell your administrator:
about-purpose = Keeps this remote desktop's session alive and closes it in order.
about-licence = MIT or Apache-2.0

## The window

left = { $left } left
until = until { $at }
ends-in = Your session ends in { $left }
ends-why = { $why } Save your work. It ends at { $at }.
ends = It ends.
ends-idle = Nobody seems to be using this session.
ends-disconnected = The remote connection is gone.
ends-remote = An administrator is ending this session.
ends-spot = AWS takes this computer back.
ends-time-up = The session's time is up.
beats-none = no heartbeat
beats-accepted = { $accepted } accepted
beats-failed = { $accepted } accepted, { $failed } failed
plot-summary = { $accepted } heartbeats accepted and { $failed } failed since { $since }
happened-beat-failed = A heartbeat failed: { $cause }.
happened-renewed = Credentials renewed (…{ $key }).
happened-woke = This computer woke up.
happened-told = { $title }. { $body }

## The states, in a word or two

state-waiting = Waiting
state-active = Active
state-at-risk = At risk
state-ending = Ending
state-closed = Closed
state-ended-elsewhere = Ended elsewhere
state-needs-attention = Needs attention

## Labels of menu, window and notifications

label-about-to-end = Your session is about to end
label-not-closed = The session is not closed yet
label-end = End session…
label-extend = Ask for more time
label-copy = Copy diagnostics
label-still-here = I'm still here
label-try-again = Try again
label-start = Start Deskbeat
label-time-left = Time left in this session
label-no-end = No set end
label-last-beat = Last heartbeat
label-no-beat = none yet
label-session = Session
label-user = For
label-computer = Computer
label-so-far = Heartbeats so far
label-happened = What has happened
label-nothing-happened = Nothing yet.
label-now = now
label-extending = Asking for more time…
label-copied = Diagnostics are on the clipboard.
label-not-copied = Diagnostics
label-not-running = Deskbeat is not running.
label-not-running-means = This computer's session is not kept alive and may end at any time.
label-connecting = Asking Deskbeat how the session stands…
label-lost = Deskbeat has stopped without a word.
label-lost-means = It should be back in a few seconds. If it is not, save your work and start it again.
# Said in English where the letters of $language, a tag such as ja, cannot be drawn.
language-undrawn = No font of this computer has the letters of your language ({ $language }).
label-ends-soon = Ends soon
label-offer = Deskbeat keeps your session
label-offer-means = This desktop has no place for its icon. Its window shows how the session stands.
label-open = Open Deskbeat
label-end-now = End session
label-keep = Keep working
label-shut-down-anyway = Shut down anyway
label-log-off-anyway = Log off anyway
label-close = Close
label-about = About Deskbeat
label-open-log = Open log
label-not-offered = Ask for more time (not offered in this session)
label-no-session-to-end = There is no session that could be ended.
label-asked-for-more = More time was asked for
label-log-open = The log is open
label-log-open-where = It is in the window of your file manager.
label-log-not-open = The log cannot be opened here
label-copied-done = The diagnostics are copied
label-copied-where = Paste them into a message to your administrator.

## `deskbeat status`: names of lines, and what stands there

status-unhealthy = unhealthy
status-session = session
status-time-left = time left
status-time-left-value = { $left }, until { $until }
status-closes-at = closes at
status-heartbeat = heartbeat
status-heartbeat-value = the last one { $ago } ago; { $count }, { $failed } failed
status-safe-for = safe for
status-safe-for-value = { $left } without a heartbeat
status-credentials = credentials
status-key = { $key }, valid until { $until }
status-request-id = request id
status-computer = computer
status-clock = clock
status-clock-ahead = { $by } ahead of AWS's; time left is judged by AWS's
status-clock-behind = { $by } behind AWS's; time left is judged by AWS's
status-rejected = rejected
status-rejected-value = { $count } left in the queue, the last one because { $why }
status-last-error = last error
