### Everything that Deskbeat says to its users, in Simplified Chinese. The source is en.ftl.
### Short: a tooltip holds 127 characters. In a sentence's place: what happened, what it means, what to do.

## How the session stands, in one sentence (tooltip, menu, window, `deskbeat status`)

starting = 正在启动：正在获取此计算机及其队列的信息。
waiting = 正在等待此计算机上的会话开始。
confirming = 已找到会话，正在向 AWS 确认。
active = 您的会话处于活动状态。
active-spot = AWS 即将收回此计算机。请立即保存您的工作。
# $left is one of the three below, $cause one of the troubles.
risk = 会话有中断风险（{ $left }）：{ $cause }。
risk-seconds-left = 剩余 { $seconds } 秒
risk-minutes-left = 剩余 { $minutes } 分钟
risk-run-out = AWS 等待期限已过
risk-past-end = 会话时间已到，正在向 AWS 确认是否继续。
# $attention is a whole sentence.
risk-attention = 会话有中断风险：{ $attention }
risk-not-reached = 会话有中断风险：未能及时连接 AWS，正在重试。
soon = 您的会话即将结束。请保存您的工作。
soon-remote = 管理员正在结束您的会话。请保存您的工作。
soon-idle = 似乎没有人在使用，您的会话即将结束。
soon-disconnected = 没有人连接，您的会话即将结束。
extending = 正在请求更多时间…
extension-awaited = 已请求更多时间，正在等待答复。
extension-overdue = 延长时间的请求没有得到答复。请保存您的工作并联系管理员。
ending = 正在结束您的会话并通知 AWS，请稍候。
ending-stuck = 结束操作尚未完成：{ $cause }。
closed = 会话已关闭（{ $reason }）。
closed-then-shutdown = 会话已关闭（{ $reason }）。此计算机将关机。
closed-then-logoff = 会话已关闭（{ $reason }）。您将被注销。
closed-then-stopped = 会话已关闭（{ $reason }）。AWS 将停止此计算机。
ended-elsewhere = 此会话已从外部结束。此计算机可能会停止，请保存您的工作。
queue-unreadable = 无法读取队列，会话无法开始：{ $cause }。

## Why a session ended, in brackets after "Session closed"

reason-user = 由您结束
reason-shutdown = 计算机关机
reason-logoff = 您已注销
reason-idle = 无人使用
reason-disconnected = 远程连接已断开
reason-remote = 由管理员结束
reason-time-up = 时间已到
reason-spot = AWS 收回此计算机
reason-failure = 报告了故障

## Troubles, as the middle or the end of a sentence

trouble-throttled = AWS 繁忙，无法响应
trouble-throttled-retry = AWS 繁忙，正在重试
trouble-service = AWS 出现问题
trouble-service-retry = AWS 出现问题，正在重试
trouble-credentials = AWS 拒绝了此计算机的凭证
trouble-credentials-retry = AWS 拒绝了此计算机的凭证，正在重新获取
trouble-signature = AWS 拒绝了签名，请检查此计算机的时钟
trouble-access-denied = 访问被拒绝，请联系管理员检查角色
trouble-kms = 无法使用加密密钥，请联系管理员
trouble-output = AWS 拒绝了我们的应答，正在发送最短的应答
trouble-no-queue = 队列不存在，请联系管理员
trouble-unreachable = 无法连接 AWS，请检查网络
trouble-over = 会话已从外部结束
trouble-refused = 与 AWS 的连接被拒绝，请联系管理员开放端口 443
trouble-swallowed = 防火墙可能拦截了对 AWS 的访问，请联系管理员开放端口 443
trouble-name = 无法解析 AWS 的域名，请检查网络的 DNS
trouble-proxy-sign-in = 代理要求登录（407），请检查 HTTPS_PROXY
trouble-proxy = 代理不允许访问 AWS，请联系管理员
trouble-certificate = 与 AWS 的连接使用了未知证书，请设置 AWS_CA_BUNDLE
trouble-certificate-time = 按此计算机的时钟，AWS 的证书不在有效期内，请校准时钟
trouble-page = 收到的是登录页或拦截页，而不是 AWS 的应答，请联系管理员

## What somebody has to mend before a session can start

no-role = 此计算机没有 IAM 角色。请联系管理员附加实例配置文件。
role-refused = EC2 无法使用角色 { $role }（{ $code }）。请联系管理员检查其信任策略。
key-expired = 此计算机得到的密钥已过期。请检查其时钟和角色。
key-expired-at = 此计算机得到的密钥已于 { $at } 过期。请检查其时钟和角色。
no-credentials = 环境变量、配置文件及其他文件中均没有 AWS 凭证（{ $why }）。请登录。
# $problem is one of the metadata service's below. SENTENCE makes its first letter a capital.
metadata-trouble = { SENTENCE($problem) }。
# $sentence is a whole one.
trying-again = { $sentence }正在重试。
unidentified = 无法识别此计算机：{ $problem }。
metadata-endpoint = 元数据端点 { $endpoint } 不是 http URL
metadata-unreachable = 无法连接元数据服务（{ $why }）
metadata-silent = 元数据服务在 { $limit }内没有响应
metadata-off = 元数据服务已关闭，或被代理拦截（403）
metadata-token = 元数据服务拒绝了自己的会话令牌（401）
metadata-missing = 元数据服务没有 { $what }（404）
metadata-foreign = 在元数据地址应答的不是 IMDSv2（{ $how }），请检查中间是否有代理
metadata-status = 元数据服务对 { $what } 的应答是 { $status }
metadata-unusable = 无法读取元数据服务对 { $what } 的应答（{ $why }）
queue-tag = 标签 { $tag } 的值不是队列 URL。请联系管理员更正。
queue-no-url = SQS 没有给出队列 { $queue } 的 URL。
queue-missing = 队列 { $queue } 不存在。请联系管理员创建或配置。
queue-access = 角色无权查找队列 { $queue }，需要 sqs:GetQueueUrl 权限。
queue-signature = AWS 拒绝了此计算机的签名，请检查时钟。
queue-trouble = 无法查找队列 { $queue }：{ $cause }。
other-user = 此计算机的会话属于其他用户，Deskbeat 正在等待其结束。
other-users = 此计算机的会话属于 { $owner }，Deskbeat 正在等待其结束。
startup-unfinished = 此计算机的启动尚未完成，完成后您的会话才会开始。
no-logon = 此用户没有登录，Deskbeat 正在等待登录。

## What is unwell on this computer: a subject and how it is, one after the other

# $what is what is unwell, put together from the texts below.
unwell = { SENTENCE($what) }。请通知管理员。
unwell-ends = { SENTENCE($what) }。如果此情况持续下去，您的会话将被结束。请保存您的工作。
unwell-one = { $subject } { $how }
unwell-and = { $first }；{ $second }
subject-service = 服务 { $name }
subject-port = 此计算机的端口 { $port }
subject-process = 进程 { $name }
subject-file = 文件 { $path }
how-missing = 不存在
how-silent = 没有响应
how-not-there = 找不到
how-not-running = 没有运行
how-stopped = 已停止
how-paused = 已暂停
how-starting = 正在启动
how-stopping = 正在停止
how-neither = 既未运行也未停止
how-unchanged = 已有 { $seconds } 秒没有变化
# $state is a word of systemd's, such as "failed".
how-state = 处于“{ $state }”状态

## Answers to what somebody asked for

done-asked-for-more = 已请求更多时间，稍后会有答复。
done-more-granted = 已请求更多时间，并已获准。
done-closed = 会话已关闭，Step Functions 已确认。
done-closed-already = 会话已经关闭。
done-countdown-off = 倒计时已取消，您的会话将继续。
done-trying-again = 正在再次通知 Step Functions。
done-going-anyway = 不再等待 AWS，继续执行；心跳超时后 AWS 会自行清理。
refused-shutting-down = 计算机正在关机，会话正在关闭。
refused-foreign-journal = 记录中的会话属于另一台计算机。
refused-over-already = 会话此前已经结束，是由 Step Functions 结束的。
refused-stopping = Deskbeat 正在停止，而 Step Functions 尚未接受结束通知。
refused-no-countdown = 没有可以取消的倒计时。
refused-nothing-closing = 当前没有正在关闭的会话。
# $outcome: a word of the workflow's.
refused-closing-otherwise = 已来不及，会话正在以结果 { $outcome } 关闭。
refused-ended-elsewhere = Step Functions 已经结束了会话。
refused-awaits-more-time = 已请求更多时间，尚未收到答复。
refused-no-session = 此计算机上还没有会话，尚未收到任务令牌。
refused-remote-end = 管理员正在结束此会话。
refused-not-extendable = 此会话不支持延长时间（其开始消息中没有 "extendable": true）。
refused-closing = 会话已在关闭中。
refused-asked-already = 已经请求过更多时间，尚未收到答复。
refused-no-session-to-extend = 没有可以延长的会话。
refused-on-its-way = 关闭通知正在发送，请等待答复。
refused-no-after-end = 没有配置结束后的操作。

## Asked at a terminal

ask-left = 您的会话还剩 { $left }，到 { $until } 为止。
ask-end = 要结束会话吗？[y/N]
# Besides y and yes, in small letters, with spaces between.
ask-yes = 是
ask-kept = 未执行任何操作，您的会话将继续。
# $sentence is a whole one.
ask-none = 没有可以结束的会话。{ $sentence }
ask-request = { $sentence }（请求 ID { $id }）
ask-nobody = 无人确认，请使用 `deskbeat end --yes`
# In a terminal, behind "deskbeat: ": why no agent can be asked, or gives no answer.
agent-none = Deskbeat 没有运行（{ $path } 没有响应），请使用 `deskbeat` 启动
agent-others = { $path } 处的 Deskbeat 属于其他用户，只有该用户可以与其通信
agent-unreachable = 无法连接 { $path } 处的 Deskbeat：{ $why }
agent-gone = Deskbeat 在答复之前已停止
agent-silent = Deskbeat 正在运行，但在 { $limit }内没有答复；如果持续如此，请重新启动
agent-refused = Deskbeat 没有回答此问题：{ $why }
agent-not-understood = 无法理解 Deskbeat 的答复（{ $why }），正在运行的是否为其他版本？
agent-broken = 与 Deskbeat 的连接已中断：{ $why }
agent-stopped = Deskbeat 已停止
agent-stopped-early = 在 Step Functions 接受之前，Deskbeat 已停止
agent-not-started = 无法启动 Deskbeat：{ $why }
no-window = 无法在此处显示窗口：{ $why }
config-left-aside = 此处忽略该设置；正在运行的 Deskbeat 继续使用之前读取的内容。请告知管理员。

## Times

# Two sentences, one after the other.
joined = { $first }{ $second }
span-seconds = { $seconds } 秒
span-minutes-seconds = { $minutes } 分 { $seconds } 秒
span-minutes = { $minutes } 分钟
span-hours = { $hours } 小时
span-hours-minutes = { $hours } 小时 { $minutes } 分钟
span-days = { $days } 天
span-days-hours = { $days } 天 { $hours } 小时
heartbeats = { $count } 次心跳
another-day = { $month }{ $day }日{ $weekday } { $time }
weekday = { $number ->
    [1] 周一
    [2] 周二
    [3] 周三
    [4] 周四
    [5] 周五
    [6] 周六
   *[7] 周日
}
month = { $number }月
# $time is 5:30 and the like, on a clock of twelve hours.
half-day = { $half ->
    [am] 上午{ $time }
   *[pm] 下午{ $time }
}

## Tooltip and menu

time-left = 还剩 { $left }，到 { $until } 为止。
tooltip-session = 会话：{ $left }
window-left = AWS 将在 { $left }后放弃等待。
last-beat = 上次心跳：{ $at }。
ends-by-itself = 将于 { $at } 自动结束。

## Notifications: a title, and what it means

notice-started = 您的会话已开始
notice-ends-at = 最晚于 { $at } 结束。
notice-no-end = 没有固定的结束时间。
notice-risk = 您的会话有中断风险
notice-risk-body = { SENTENCE($cause) }。如果此情况持续到 { $at }，AWS 将结束会话。请保存您的工作。
notice-recovered = 您的会话已恢复安全
notice-recovered-body = 已重新连接 AWS，没有丢失任何内容。
notice-time-left = 还剩 { $minutes } 分钟
notice-time-left-body = 您的会话将于 { $at } 结束。请保存您的工作。
notice-time-left-more = 您的会话将于 { $at } 结束。请保存您的工作。您可以请求更多时间。
notice-countdown = 您的会话将于 { $at } 结束
notice-countdown-body = { $why }。请保存您的工作。
notice-countdown-stay = { $why }。请保存您的工作。如果您还在，请确认。
countdown = 会话即将结束
countdown-idle = 似乎没有人在使用
countdown-disconnected = 远程连接已断开
countdown-remote = 管理员正在结束会话
countdown-spot = AWS 将收回此计算机
countdown-time-up = 时间已到
notice-text = 来自管理员的消息
notice-unhealthy = 此计算机出现问题
notice-stuck = 您的会话暂时无法关闭
notice-stuck-body = { SENTENCE($cause) }。将继续尝试；您也可以直接关机。
notice-closed = 您的会话已关闭
notice-closed-body = AWS 已确认（{ $reason }）。
notice-extended = 您的会话时间已延长
notice-ended-elsewhere = 您的会话已从外部结束
notice-ended-elsewhere-body = 此计算机随时可能停止，请保存您的工作。
notice-stays-on = 此计算机保持开机
notice-stays-on-body = { SENTENCE($why) }。AWS 会将其停止，您可以断开连接。
notice-spot = AWS 将收回此计算机
notice-spot-at = 此计算机将于 { $at } 停止。请立即保存您的工作。
notice-stopped-soon = 此计算机即将停止。请立即保存您的工作。
notice-rebalance = AWS 可能会收回此计算机
notice-rebalance-body = 此计算机近期可能会停止，届时只会提前 2 分钟通知。请保存您的工作。
notice-maintenance = AWS 将维护此计算机
notice-maintenance-body = 维护即将开始。请提前保存您的工作。
notice-maintenance-at = 维护将于 { $at } 开始。请提前保存您的工作。
notice-maintenance-words = 维护即将开始（{ $words }）。请提前保存您的工作。
notice-maintenance-at-words = 维护将于 { $at } 开始（{ $words }）。请提前保存您的工作。
notice-scale-in = 此计算机将停止服务
notice-attention = Deskbeat 需要您处理
# Behind a balloon of Windows, which has no button: $offer is what a click on it does.
balloon-offer = 单击此处：{ $offer }。

## Questions

dialog-end = 您的会话将被关闭。
dialog-end-shutdown = 您的会话将被关闭，此计算机将关机。
dialog-end-logoff = 您的会话将被关闭，您将被注销。
save-first = 请先保存您的工作。
dialog-end-left = 您还剩 { $left }。
dialog-stuck = 无法通知 AWS 您的会话将结束：{ $problem }。将继续尝试。
dialog-stuck-leave = 如果您不等待，AWS 稍后会自行清理。
cannot-start-title = Deskbeat 无法启动
cannot-start = 此计算机的会话没有得到维持，随时可能结束。请将以下内容告知管理员：
about-purpose = 维持此远程桌面的会话，并在结束时妥善关闭。
about-licence = MIT 或 Apache-2.0

## The window

left = 还剩 { $left }
until = 到 { $at } 为止
ends-in = 您的会话将在 { $left }后结束
ends-why = { $why }请保存您的工作。将于 { $at } 结束。
ends = 会话即将结束。
ends-idle = 似乎没有人在使用此会话。
ends-disconnected = 远程连接已断开。
ends-remote = 管理员正在结束此会话。
ends-spot = AWS 将收回此计算机。
ends-time-up = 会话时间已到。
beats-none = 没有心跳
beats-accepted = { $accepted } 次成功
beats-failed = { $accepted } 次成功，{ $failed } 次失败
plot-summary = 自 { $since } 起：心跳 { $accepted } 次成功，{ $failed } 次失败
happened-beat-failed = 心跳失败：{ $cause }。
happened-renewed = 凭证已更新（…{ $key }）。
happened-woke = 此计算机已从睡眠中唤醒。
happened-told = { $title }。{ $body }

## The states, in a word or two

state-waiting = 等待中
state-active = 活动
state-at-risk = 有风险
state-ending = 正在结束
state-closed = 已关闭
state-ended-elsewhere = 已从外部结束
state-needs-attention = 需要处理

## Labels of menu, window and notifications

label-about-to-end = 您的会话即将结束
label-not-closed = 会话尚未关闭
label-end = 结束会话…
label-extend = 请求更多时间
label-copy = 复制诊断信息
label-still-here = 我还在
label-try-again = 重试
label-start = 启动 Deskbeat
label-time-left = 此会话的剩余时间
label-no-end = 没有固定结束时间
label-last-beat = 上次心跳
label-no-beat = 暂无
label-session = 会话
label-user = 用户
label-computer = 计算机
label-so-far = 累计心跳
label-happened = 发生的事件
label-nothing-happened = 暂无。
label-now = 现在
label-extending = 正在请求更多时间…
label-copied = 诊断信息已复制到剪贴板。
label-not-copied = 诊断信息
label-not-running = Deskbeat 没有运行。
label-not-running-means = 此计算机的会话没有得到维持，随时可能结束。
label-connecting = 正在向 Deskbeat 查询会话状态…
label-lost = Deskbeat 已意外停止。
label-lost-means = 它应在几秒钟内恢复。如果没有恢复，请保存您的工作并重新启动 Deskbeat。
# Said in English where the letters of $language, a tag such as ja, cannot be drawn.
language-undrawn = 此计算机没有包含您的语言（{ $language }）文字的字体。
label-ends-soon = 即将结束
label-offer = Deskbeat 正在维持您的会话
label-offer-means = 此桌面没有可显示 Deskbeat 图标的位置。您可以在其窗口中查看会话状态。
label-open = 打开 Deskbeat
label-end-now = 结束会话
label-keep = 继续工作
label-shut-down-anyway = 仍要关机
label-log-off-anyway = 仍要注销
label-close = 关闭
label-about = 关于 Deskbeat
label-open-log = 打开日志
label-not-offered = 请求更多时间（此会话不提供）
label-no-session-to-end = 没有可以结束的会话。
label-asked-for-more = 已请求更多时间
label-log-open = 日志已打开
label-log-open-where = 请查看文件管理器窗口。
label-log-not-open = 无法在此处打开日志
label-copied-done = 诊断信息已复制
label-copied-where = 请将其粘贴到发给管理员的消息中。

## `deskbeat status`: names of lines, and what stands there

status-unhealthy = 异常
status-session = 会话
status-time-left = 剩余时间
status-time-left-value = { $left }，到 { $until } 为止
status-closes-at = 结束时间
status-heartbeat = 心跳
status-heartbeat-value = 上次在 { $ago }前；{ $count }，{ $failed } 次失败
status-safe-for = 安全时间
status-safe-for-value = 没有心跳时还有 { $left }
status-credentials = 凭证
status-key = { $key }，有效期至 { $until }
status-request-id = 请求 ID
status-computer = 计算机
status-clock = 时钟
status-clock-ahead = 比 AWS 快 { $by }；剩余时间以 AWS 的时钟为准
status-clock-behind = 比 AWS 慢 { $by }；剩余时间以 AWS 的时钟为准
status-rejected = 已拒绝
status-rejected-value = { $count } 条留在队列中，最近一条的原因：{ $why }
status-last-error = 最近的错误
