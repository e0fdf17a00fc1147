### Everything that Deskbeat says to its users, in Japanese. The source is en.ftl.
### Short: a tooltip holds 127 characters. In a sentence's place: what happened, what it means, what to do.

## How the session stands, in one sentence (tooltip, menu, window, `deskbeat status`)

starting = 起動中: このコンピューターとキューを確認しています。
waiting = このコンピューターでセッションが開始されるのを待っています。
confirming = セッションが見つかりました。AWS に確認しています。
active = セッションは有効です。
active-spot = AWS がまもなくこのコンピューターを回収します。今すぐ作業を保存してください。
# $left is one of the three below, $cause one of the troubles.
risk = セッション終了のおそれ ({ $left }): { $cause }。
risk-seconds-left = 残り { $seconds } 秒
risk-minutes-left = 残り { $minutes } 分
risk-run-out = AWS の待機期限切れ
risk-past-end = セッションの時間が終わりました。継続できるか AWS に確認しています。
# $attention is a whole sentence.
risk-attention = セッション終了のおそれ: { $attention }
risk-not-reached = セッション終了のおそれ: 期限内に AWS に接続できませんでした。再試行しています。
soon = セッションがまもなく終了します。作業を保存してください。
soon-remote = 管理者がセッションを終了しようとしています。作業を保存してください。
soon-idle = 操作がないため、セッションはまもなく終了します。
soon-disconnected = 接続がないため、セッションはまもなく終了します。
extending = 時間の延長を依頼しています…
extension-awaited = 時間の延長を依頼しました。回答を待っています。
extension-overdue = 延長の依頼に回答がありません。作業を保存し、管理者に問い合わせてください。
ending = セッションを終了するため、AWS に通知しています。お待ちください。
ending-stuck = 終了処理がまだ完了していません: { $cause }。
closed = セッションは終了しました ({ $reason })。
closed-then-shutdown = セッションは終了しました ({ $reason })。このコンピューターはシャットダウンします。
closed-then-logoff = セッションは終了しました ({ $reason })。サインアウトします。
closed-then-stopped = セッションは終了しました ({ $reason })。AWS がこのコンピューターを停止します。
ended-elsewhere = このセッションは外部から終了されました。コンピューターが停止する可能性があります。作業を保存してください。
queue-unreadable = キューを読み取れないため、セッションを開始できません: { $cause }。

## Why a session ended, in brackets after "Session closed"

reason-user = ユーザーの操作
reason-shutdown = コンピューターのシャットダウン
reason-logoff = サインアウト
reason-idle = 操作なし
reason-disconnected = リモート接続の切断
reason-remote = 管理者の操作
reason-time-up = 時間切れ
reason-spot = AWS によるコンピューターの回収
reason-failure = エラーの報告

## Troubles, as the middle or the end of a sentence

trouble-throttled = AWS が混み合っていて応答できません
trouble-throttled-retry = AWS が混み合っています。再試行しています
trouble-service = AWS で問題が発生しています
trouble-service-retry = AWS で問題が発生しています。再試行しています
trouble-credentials = AWS がこのコンピューターの認証情報を拒否しました
trouble-credentials-retry = AWS がこのコンピューターの認証情報を拒否しました。再取得しています
trouble-signature = AWS が署名を拒否しました。コンピューターの時計を確認してください
trouble-access-denied = アクセスが拒否されました。ロールの確認を管理者に依頼してください
trouble-kms = 暗号化キーを使用できません。管理者に問い合わせてください
trouble-output = AWS が応答内容を拒否しました。最短の内容で送信しています
trouble-no-queue = キューが存在しません。管理者に問い合わせてください
trouble-unreachable = AWS に接続できません。ネットワークを確認してください
trouble-over = セッションは外部から終了されました
trouble-refused = AWS への接続が拒否されました。ポート 443 の許可を管理者に依頼してください
trouble-swallowed = ファイアウォールの遮断が疑われます。ポート 443 の許可を管理者に依頼してください
trouble-name = AWS の名前を解決できません。ネットワークの DNS を確認してください
trouble-proxy-sign-in = プロキシが認証を求めています (407)。HTTPS_PROXY を確認してください
trouble-proxy = プロキシが AWS への接続を許可しません。管理者に問い合わせてください
trouble-certificate = AWS からの証明書を信頼できません。AWS_CA_BUNDLE を設定してください
trouble-certificate-time = コンピューターの時計では AWS の証明書が有効期間外です。時計を合わせてください
trouble-page = AWS ではなくサインインやブロックのページが応答しています。管理者に問い合わせてください

## What somebody has to mend before a session can start

no-role = このコンピューターに IAM ロールがありません。インスタンスプロファイルの割り当てを管理者に依頼してください。
role-refused = EC2 がロール { $role } を使用できません ({ $code })。信頼ポリシーの確認を管理者に依頼してください。
key-expired = 期限切れのキーが渡されました。コンピューターの時計とロールを確認してください。
key-expired-at = 期限切れ ({ $at }) のキーが渡されました。コンピューターの時計とロールを確認してください。
no-credentials = 環境変数、プロファイル、ファイルに AWS 認証情報がありません ({ $why })。サインインしてください。
# $problem is one of the metadata service's below. SENTENCE makes its first letter a capital.
metadata-trouble = { SENTENCE($problem) }。
# $sentence is a whole one.
trying-again = { $sentence }再試行しています。
unidentified = このコンピューターを識別できません: { $problem }。
metadata-endpoint = メタデータのエンドポイント { $endpoint } は http の URL ではありません
metadata-unreachable = メタデータサービスに接続できません ({ $why })
metadata-silent = メタデータサービスが { $limit }以内に応答しません
metadata-off = メタデータサービスが無効か、プロキシに遮断されています (403)
metadata-token = メタデータサービスが自身のセッショントークンを拒否しました (401)
metadata-missing = メタデータサービスに { $what } がありません (404)
metadata-foreign = メタデータのアドレスで応答しているのは IMDSv2 ではありません ({ $how })。間にプロキシがないか確認してください
metadata-status = メタデータサービスが { $what } に { $status } を返しました
metadata-unusable = { $what } に対するメタデータサービスの応答を読み取れません ({ $why })
queue-tag = タグ { $tag } の値がキューの URL ではありません。修正を管理者に依頼してください。
queue-no-url = SQS がキュー { $queue } の URL を返しません。
queue-missing = キュー { $queue } がありません。作成または設定を管理者に依頼してください。
queue-access = ロールにキュー { $queue } を検索する権限がありません。sqs:GetQueueUrl が必要です。
queue-signature = AWS がこのコンピューターの署名を拒否しました。時計を確認してください。
queue-trouble = キュー { $queue } を検索できません: { $cause }。
other-user = このコンピューターのセッションは別のユーザーのものです。Deskbeat はその終了を待っています。
other-users = このコンピューターのセッションは { $owner } のものです。Deskbeat はその終了を待っています。
startup-unfinished = このコンピューターの起動処理がまだ完了していません。完了後にセッションが始まります。
no-logon = このユーザーはサインインしていません。Deskbeat はサインインを待っています。

## What is unwell on this computer: a subject and how it is, one after the other

# $what is what is unwell, put together from the texts below.
unwell = { SENTENCE($what) }。管理者に知らせてください。
unwell-ends = { SENTENCE($what) }。この状態が続くとセッションは終了します。作業を保存してください。
unwell-one = { $subject } が{ $how }
unwell-and = { $first }、{ $second }
subject-service = サービス { $name }
subject-port = このコンピューターのポート { $port }
subject-process = プロセス { $name }
subject-file = ファイル { $path }
how-missing = 存在しません
how-silent = 応答しません
how-not-there = 見つかりません
how-not-running = 実行されていません
how-stopped = 停止しています
how-paused = 一時停止しています
how-starting = 開始中です
how-stopping = 停止処理中です
how-neither = 実行も停止もしていません
how-unchanged = 更新されないまま { $seconds } 秒経過しています
# $state is a word of systemd's, such as "failed".
how-state = 「{ $state }」の状態です

## Answers to what somebody asked for

done-asked-for-more = 時間の延長を依頼しました。回答をお待ちください。
done-more-granted = 時間の延長を依頼し、承認されました。
done-closed = セッションは終了しました。Step Functions が確認しました。
done-closed-already = セッションはすでに終了しています。
done-countdown-off = カウントダウンを取り消しました。セッションは継続します。
done-trying-again = Step Functions にもう一度通知しています。
done-going-anyway = AWS を待たずに続行します。ハートビートの期限が過ぎると AWS が後処理を行います。
refused-shutting-down = コンピューターがシャットダウン中のため、セッションを終了しています。
refused-foreign-journal = 記録されているセッションは別のコンピューターのものです。
refused-over-already = セッションはすでに終了していました。Step Functions が先に終了させていました。
refused-stopping = Step Functions が終了を受け付ける前に Deskbeat が停止します。
refused-no-countdown = 取り消せるカウントダウンはありません。
refused-nothing-closing = 終了処理中のセッションはありません。
# $outcome: a word of the workflow's.
refused-closing-otherwise = 間に合いませんでした。セッションはすでに結果 { $outcome } で終了処理中です。
refused-ended-elsewhere = Step Functions がすでにセッションを終了していました。
refused-awaits-more-time = 時間の延長を依頼しましたが、まだ回答がありません。
refused-no-session = このコンピューターにはまだセッションがありません。タスクトークンが届いていません。
refused-remote-end = 管理者がこのセッションを終了しようとしています。
refused-not-extendable = このセッションは延長できません (開始メッセージに "extendable": true がありません)。
refused-closing = セッションはすでに終了処理中です。
refused-asked-already = 時間の延長はすでに依頼済みです。まだ回答がありません。
refused-no-session-to-extend = 延長できるセッションがありません。
refused-on-its-way = 終了の通知を送信中です。応答をお待ちください。
refused-no-after-end = 終了後の動作が設定されていません。

## Asked at a terminal

ask-left = セッションの残り時間は { $left }です ({ $until } まで)。
ask-end = セッションを終了しますか? [y/N]
# Besides y and yes, in small letters, with spaces between.
ask-yes = はい
ask-kept = 何も行いませんでした。セッションは継続します。
# $sentence is a whole one.
ask-none = 終了できるセッションがありません。{ $sentence }
ask-request = { $sentence } (リクエスト ID { $id })
ask-nobody = 確認する人がいません。`deskbeat end --yes` を使用してください
# In a terminal, behind "deskbeat: ": why no agent can be asked, or gives no answer.
agent-none = Deskbeat は実行されていません ({ $path } で応答がありません)。`deskbeat` で起動してください
agent-others = { $path } の Deskbeat は別のユーザーのものです。そのユーザーだけが操作できます
agent-unreachable = { $path } の Deskbeat に接続できません: { $why }
agent-gone = Deskbeat は応答する前に停止しました
agent-silent = Deskbeat は実行中ですが、{ $limit }以内に応答しませんでした。この状態が続く場合は再起動してください
agent-refused = Deskbeat は質問に応答しませんでした: { $why }
agent-not-understood = Deskbeat の応答を理解できません ({ $why })。別のバージョンが実行されていませんか
agent-broken = Deskbeat との接続が切れました: { $why }
agent-stopped = Deskbeat が停止しました
agent-stopped-early = Step Functions が受け付ける前に Deskbeat が停止しました
agent-not-started = Deskbeat を起動できません: { $why }
no-window = ここではウィンドウを表示できません: { $why }
config-left-aside = ここではその設定を無視します。実行中の Deskbeat は以前に読み込んだ内容で動作を続けます。管理者に伝えてください。

## Times

# Two sentences, one after the other.
joined = { $first }{ $second }
span-seconds = { $seconds } 秒
span-minutes-seconds = { $minutes } 分 { $seconds } 秒
span-minutes = { $minutes } 分
span-hours = { $hours } 時間
span-hours-minutes = { $hours } 時間 { $minutes } 分
span-days = { $days } 日
span-days-hours = { $days } 日 { $hours } 時間
heartbeats = ハートビート { $count } 回
another-day = { $month }{ $day }日({ $weekday }) { $time }
weekday = { $number ->
    [1] 月
    [2] 火
    [3] 水
    [4] 木
    [5] 金
    [6] 土
   *[7] 日
}
month = { $number }月
# $time is 5:30 and the like, on a clock of twelve hours.
half-day = { $half ->
    [am] 午前{ $time }
   *[pm] 午後{ $time }
}

## Tooltip and menu

time-left = 残り { $left } ({ $until } まで)。
tooltip-session = セッション: { $left }
window-left = AWS はあと { $left }で待機を打ち切ります。
last-beat = 最後のハートビート: { $at }。
ends-by-itself = { $at } に自動的に終了します。

## Notifications: a title, and what it means

notice-started = セッションが開始されました
notice-ends-at = 遅くとも { $at } には終了します。
notice-no-end = 終了時刻は決まっていません。
notice-risk = セッションが終了するおそれがあります
notice-risk-body = { SENTENCE($cause) }。{ $at } までこの状態が続くと、AWS がセッションを終了します。作業を保存してください。
notice-recovered = セッションは安全な状態に戻りました
notice-recovered-body = 再び AWS に接続できました。何も失われていません。
notice-time-left = 残り { $minutes } 分です
notice-time-left-body = セッションは { $at } に終了します。作業を保存してください。
notice-time-left-more = セッションは { $at } に終了します。作業を保存してください。時間の延長を依頼できます。
notice-countdown = セッションは { $at } に終了します
notice-countdown-body = { $why }。作業を保存してください。
notice-countdown-stay = { $why }。作業を保存してください。まだご利用中の場合はお知らせください。
countdown = セッションが終了します
countdown-idle = 操作がないようです
countdown-disconnected = リモート接続が切断されています
countdown-remote = 管理者がセッションを終了しようとしています
countdown-spot = AWS がこのコンピューターを回収します
countdown-time-up = 時間になりました
notice-text = 管理者からのメッセージ
notice-unhealthy = このコンピューターに問題があります
notice-stuck = セッションをまだ終了できていません
notice-stuck-body = { SENTENCE($cause) }。再試行を続けます。待たずにシャットダウンすることもできます。
notice-closed = セッションは終了しました
notice-closed-body = AWS が確認しました ({ $reason })。
notice-extended = 時間が延長されました
notice-ended-elsewhere = セッションが外部から終了されました
notice-ended-elsewhere-body = このコンピューターはいつ停止するかわかりません。作業を保存してください。
notice-stays-on = このコンピューターは起動したままです
notice-stays-on-body = { SENTENCE($why) }。AWS がこのコンピューターを停止します。接続を切断してかまいません。
notice-spot = AWS がこのコンピューターを回収します
notice-spot-at = このコンピューターは { $at } に停止します。今すぐ作業を保存してください。
notice-stopped-soon = このコンピューターはまもなく停止します。今すぐ作業を保存してください。
notice-rebalance = AWS がこのコンピューターを回収する可能性があります
notice-rebalance-body = 近いうちに停止する可能性があり、予告は停止の 2 分前になります。作業を保存してください。
notice-maintenance = AWS がこのコンピューターのメンテナンスを行います
notice-maintenance-body = まもなくメンテナンスが始まります。その前に作業を保存してください。
notice-maintenance-at = メンテナンスは { $at } に始まります。その前に作業を保存してください。
notice-maintenance-words = まもなくメンテナンスが始まります ({ $words })。その前に作業を保存してください。
notice-maintenance-at-words = メンテナンスは { $at } に始まります ({ $words })。その前に作業を保存してください。
notice-scale-in = このコンピューターは運用から外されます
notice-attention = Deskbeat で対応が必要です
# Behind a balloon of Windows, which has no button: $offer is what a click on it does.
balloon-offer = ここをクリック: { $offer }。

## Questions

dialog-end = セッションを終了します。
dialog-end-shutdown = セッションを終了し、このコンピューターをシャットダウンします。
dialog-end-logoff = セッションを終了し、サインアウトします。
save-first = 先に作業を保存してください。
dialog-end-left = まだ { $left }残っています。
dialog-stuck = セッションの終了を AWS に通知できませんでした: { $problem }。再試行を続けます。
dialog-stuck-leave = お待ちにならない場合は、少し後に AWS が自動的に後処理を行います。
cannot-start-title = Deskbeat を起動できません
cannot-start = このコンピューターのセッションは維持されていないため、いつ終了するかわかりません。次の内容を管理者に伝えてください:
about-purpose = このリモートデスクトップのセッションを維持し、正しく終了します。
about-licence = MIT または Apache-2.0

## The window

left = 残り { $left }
until = { $at } まで
ends-in = セッションはあと { $left }で終了します
ends-why = { $why }作業を保存してください。{ $at } に終了します。
ends = セッションが終了します。
ends-idle = このセッションは使用されていないようです。
ends-disconnected = リモート接続が切断されています。
ends-remote = 管理者がこのセッションを終了しようとしています。
ends-spot = AWS がこのコンピューターを回収します。
ends-time-up = セッションの時間が終わりました。
beats-none = ハートビートなし
beats-accepted = 成功 { $accepted } 回
beats-failed = 成功 { $accepted } 回、失敗 { $failed } 回
plot-summary = { $since } 以降のハートビート: 成功 { $accepted } 回、失敗 { $failed } 回
happened-beat-failed = ハートビートに失敗しました: { $cause }。
happened-renewed = 認証情報を更新しました (…{ $key })。
happened-woke = このコンピューターがスリープから復帰しました。
happened-told = { $title }。{ $body }

## The states, in a word or two

state-waiting = 待機中
state-active = 有効
state-at-risk = 要注意
state-ending = 終了処理中
state-closed = 終了
state-ended-elsewhere = 外部から終了
state-needs-attention = 対応が必要

## Labels of menu, window and notifications

label-about-to-end = セッションがまもなく終了します
label-not-closed = セッションはまだ終了していません
label-end = セッションを終了…
label-extend = 時間の延長を依頼
label-copy = 診断情報をコピー
label-still-here = まだ使用しています
label-try-again = 再試行
label-start = Deskbeat を起動
label-time-left = このセッションの残り時間
label-no-end = 終了時刻なし
label-last-beat = 最後のハートビート
label-no-beat = まだありません
label-session = セッション
label-user = ユーザー
label-computer = コンピューター
label-so-far = これまでのハートビート
label-happened = これまでの出来事
label-nothing-happened = まだありません。
label-now = 現在
label-extending = 延長を依頼しています…
label-copied = 診断情報をクリップボードにコピーしました。
label-not-copied = 診断情報
label-not-running = Deskbeat は実行されていません。
label-not-running-means = このコンピューターのセッションは維持されていないため、いつ終了するかわかりません。
label-connecting = Deskbeat にセッションの状態を確認しています…
label-lost = Deskbeat が予期せず停止しました。
label-lost-means = 数秒で復帰するはずです。復帰しない場合は、作業を保存して Deskbeat を起動し直してください。
# Said in English where the letters of $language, a tag such as ja, cannot be drawn.
language-undrawn = このコンピューターには、お使いの言語 ({ $language }) の文字を含むフォントがありません。
label-ends-soon = まもなく終了
label-offer = Deskbeat がセッションを維持しています
label-offer-means = このデスクトップにはアイコンの表示場所がありません。ウィンドウでセッションの状態を確認できます。
label-open = Deskbeat を開く
label-end-now = セッションを終了
label-keep = 作業を続ける
label-shut-down-anyway = 待たずにシャットダウン
label-log-off-anyway = 待たずにサインアウト
label-close = 閉じる
label-about = Deskbeat について
label-open-log = ログを開く
label-not-offered = 時間の延長を依頼 (このセッションでは利用できません)
label-no-session-to-end = 終了できるセッションがありません。
label-asked-for-more = 時間の延長を依頼しました
label-log-open = ログを開きました
label-log-open-where = ファイルマネージャーのウィンドウに表示されています。
label-log-not-open = ここではログを開けません
label-copied-done = 診断情報をコピーしました
label-copied-where = 管理者へのメッセージに貼り付けてください。

## `deskbeat status`: names of lines, and what stands there

status-unhealthy = 異常
status-session = セッション
status-time-left = 残り時間
status-time-left-value = { $left } ({ $until } まで)
status-closes-at = 終了予定
status-heartbeat = ハートビート
status-heartbeat-value = 最後は { $ago }前、{ $count }、失敗 { $failed } 回
status-safe-for = 猶予
status-safe-for-value = ハートビートなしで { $left }
status-credentials = 認証情報
status-key = { $key } ({ $until } まで有効)
status-request-id = リクエスト ID
status-computer = コンピューター
status-clock = 時計
status-clock-ahead = AWS より { $by } 進んでいます。残り時間は AWS の時計で計算します
status-clock-behind = AWS より { $by } 遅れています。残り時間は AWS の時計で計算します
status-rejected = 拒否
status-rejected-value = { $count } 件をキューに残しました。最後の理由: { $why }
status-last-error = 最後のエラー
